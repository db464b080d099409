/** The moderators' tabs: held messages, who is shut out, the log, who is there, search, blocked terms. */
import { useState } from "react";
import { inForce } from "../../core/desk";
import { useRoomCommands } from "../../hooks/events";
import { useNow } from "../../hooks/page";
import type { DeskView } from "../../live/desk";
import type { Api } from "../../protocol/api";
import { type Decision, RestrictDialog } from "../chat/restrict-dialogs";
import { Tabs } from "../tabs";
import { BlockedTerms } from "./blocked-terms";
import { Chatters } from "./chatters";
import { HeldMessages } from "./held-messages";
import { Log, Restrictions } from "./restrictions";
import { Search } from "./search";

const TABS = ["Held", "Restrictions", "Log", "People", "Search", "Blocked terms"] as const;
type Tab = (typeof TABS)[number];

export function DeskTabs({ name, api, view }: { name: string; api: Api; view: DeskView }) {
  const [tab, setTab] = useState<Tab>("Held");
  const [decision, setDecision] = useState<Decision | null>(null);
  const commands = useRoomCommands(name);
  const nowMs = useNow(10_000);
  const { desk } = view;
  const counts: Readonly<Partial<Record<Tab, number>>> = {
    Held: desk.held.length,
    Restrictions: inForce(desk.restrictions, nowMs).length,
    People: desk.chatters_count,
  };
  return (
    <section className="desk" aria-label="Moderation" data-testid="desk" data-known={view.known}>
      <Tabs label="Moderation" tabs={TABS} chosen={tab} onChoose={setTab} counts={counts}>
        {!view.known && <p role="status">One moment…</p>}
        {view.known && tab === "Held" && <HeldMessages held={desk.held} commands={commands} onDecide={setDecision} />}
        {view.known && tab === "Restrictions" && <Restrictions restrictions={desk.restrictions} nowMs={nowMs} commands={commands} />}
        {view.known && tab === "Log" && <Log log={desk.log} />}
        {view.known && tab === "People" && (
          <Chatters name={name} api={api} chatters={desk.chatters} count={desk.chatters_count} fresh={desk.notes} commands={commands} onDecide={setDecision} />
        )}
        {tab === "Search" && <Search name={name} api={api} commands={commands} onDecide={setDecision} />}
        {view.known && tab === "Blocked terms" && <BlockedTerms name={name} api={api} terms={desk.blocked_terms} />}
      </Tabs>
      <p className="outcome" role="status">
        {commands.told}
      </p>
      {decision !== null && <RestrictDialog room={commands} decision={decision} onDone={commands.tell} onClose={() => setDecision(null)} />}
    </section>
  );
}
