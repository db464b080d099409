/** One's own account, in sections with an address each. */
import { useCallback } from "react";
import { Guarded } from "../components/account/guarded";
import { ApiKeys } from "../components/settings/api-keys";
import { Devices } from "../components/settings/devices";
import { GivenTips } from "../components/settings/given-tips";
import { PasswordForm } from "../components/settings/password-form";
import { Privacy } from "../components/settings/privacy";
import { Profile } from "../components/settings/profile";
import { SecondFactorCard } from "../components/settings/second-factor";
import { Wallets } from "../components/settings/wallets";
import { Waiting } from "../components/waiting";
import { useLoaded } from "../hooks/action";
import { useTitle } from "../hooks/page";
import type { Me } from "../protocol/account-types";
import type { Api } from "../protocol/api";
import { Link, SETTINGS_SECTIONS, type SettingsSection } from "../router";

const WORDS: Record<SettingsSection, string> = {
  profile: "Profile",
  security: "Security",
  sessions: "Devices",
  wallets: "Wallets",
  tips: "Tips",
  keys: "API keys",
  privacy: "Privacy",
};

export function SettingsPage({ section, api }: { section: SettingsSection; api: Api }) {
  useTitle(`${WORDS[section]} · Settings · Harmonie`);
  return <Guarded path={`/settings/${section}`}>{(user) => <Sections key={user.id} section={section} api={api} />}</Guarded>;
}

function Sections({ section, api }: { section: SettingsSection; api: Api }) {
  const load = useCallback(() => api.accounts.me(), [api]);
  const me = useLoaded(load);
  return (
    <div className="backstage">
      <h1>Settings</h1>
      <nav className="tabs" aria-label="Settings">
        <ul>
          {SETTINGS_SECTIONS.map((each) => (
            <li key={each} ref={each === section ? showTab : undefined}>
              <Link href={`/settings/${each}`} aria-current={each === section ? "page" : undefined}>
                {WORDS[each]}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="backstage-cards">
        {me.value === null ? (
          <Waiting of={me} />
        ) : (
          <Section section={section} api={api} me={me.value} onMe={me.set} onReload={() => void me.reload()} />
        )}
      </div>
    </div>
  );
}

/** On a phone not all tabs fit; the present one does. */
function showTab(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

interface SectionProps {
  readonly section: SettingsSection;
  readonly api: Api;
  readonly me: Me;
  readonly onMe: (me: Me) => void;
  readonly onReload: () => void;
}

function Section({ section, api, me, onMe, onReload }: SectionProps) {
  switch (section) {
    case "profile":
      return <Profile api={api} me={me} onMe={onMe} />;
    case "security":
      return (
        <>
          <PasswordForm api={api} me={me} onMe={onMe} />
          <SecondFactorCard api={api} onChanged={onReload} />
        </>
      );
    case "sessions":
      return <Devices api={api} />;
    case "wallets":
      return <Wallets api={api} />;
    case "tips":
      return <GivenTips api={api} />;
    case "keys":
      return <ApiKeys api={api} />;
    case "privacy":
      return <Privacy api={api} />;
  }
}
