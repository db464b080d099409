/** Tips as an artist runs them: alerts on the stream, the goal, what came, and who gets it. */
import { lazy, Suspense, useCallback, useState } from "react";
import { Guarded } from "../components/account/guarded";
import { Leaderboard } from "../components/tips/leaderboard";
import { Tabs } from "../components/tabs";
import { ControlBar } from "../components/tip-desk/control-bar";
import { GoalCard } from "../components/tip-desk/goal-card";
import { HistoryCard } from "../components/tip-desk/history-card";
import { OverlayForm } from "../components/tip-desk/overlay-form";
import { OverlayKey } from "../components/tip-desk/overlay-key";
import { PayoutState } from "../components/tip-desk/payout-state";
import { Waiting } from "../components/waiting";
import { studioPath, targetOf, tipDeskPath } from "../core/target";
import { useLoaded } from "../hooks/action";
import { useMyChannels } from "../hooks/my-channels";
import { useTitle } from "../hooks/page";
import { type Offer, useOffer, useTips } from "../hooks/tips";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { Link, replace } from "../router";
import "../styles/tips.css";
import "../styles/tip-desk.css";

// It brings what reads the contract; nobody else on the page needs that.
const PayoutCard = lazy(() => import("../components/tip-desk/payout-card").then((module) => ({ default: module.PayoutCard })));

const TABS = ["Stream", "Goal", "History", "Top", "Payout"] as const;
type Tab = (typeof TABS)[number];

export function StudioTipsPage({ api }: { api: Api }) {
  useTitle("Tips · Studio · Harmonie");
  return <Guarded path={`/studio/tips${location.search}`}>{(user) => <Mine key={user.id} api={api} />}</Guarded>;
}

function Mine({ api }: { api: Api }) {
  const mine = useMyChannels(api);
  const [wanted, setWanted] = useState(() => targetOf(location.search, "", { channel: "", key: "" }).channel);
  if (mine.value === null) return <Waiting of={mine} page />;
  const channel = mine.value.find(({ name }) => name === wanted) ?? mine.value[0];
  if (channel === undefined) {
    return (
      <section className="notice">
        <p className="notice-kicker">Tips</p>
        <h1>You have no channel yet.</h1>
        <p>
          <Link className="button" href="/channels">
            Make one
          </Link>
        </p>
      </section>
    );
  }
  const choose = (name: string) => {
    setWanted(name);
    replace(tipDeskPath(name));
  };
  return (
    <div className="backstage backstage-wide tip-desk" data-testid="tip-desk">
      <h1>Tips</h1>
      <p className="backstage-sub">
        <Link href={`/${channel.name}`}>See the channel</Link> <Link href={studioPath(channel.name)}>Go to the studio</Link>
      </p>
      {mine.value.length > 1 && (
        <label className="field tip-desk-channel">
          <span>Channel</span>
          <select value={channel.name} onChange={(event) => choose(event.target.value)}>
            {mine.value.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <OfChannel key={channel.name} api={api} channel={channel} />
    </div>
  );
}

function OfChannel({ api, channel }: { api: Api; channel: Channel }) {
  const offer = useOffer(api, channel.name);
  if (offer.value === null) return <Waiting of={offer} page />;
  if (offer.value === "none") {
    return (
      <section className="card" data-testid="no-tipping">
        <h2>This server has no tips</h2>
        <p>Whoever runs it can connect it to a chain; the documentation says how.</p>
      </section>
    );
  }
  return <Desk api={api} channel={channel} offer={offer.value} />;
}

function Desk({ api, channel, offer }: { api: Api; channel: Channel; offer: Offer }) {
  const { name } = channel;
  const { tipping } = offer;
  const [tab, setTab] = useState<Tab>("Stream");
  const { tips } = useTips(name);
  const load = useCallback(() => api.overlay.get(name), [api, name]);
  const overlay = useLoaded(load);
  const desk = overlay.value;
  return (
    <div className="backstage-cards">
      <PayoutState name={name} artist={offer.channel.artist} />
      {desk === null ? <Waiting of={overlay} /> : <ControlBar api={api} name={name} desk={desk} onDesk={overlay.set} />}
      <Tabs label="Tips" tabs={TABS} chosen={tab} onChoose={setTab}>
        {tab === "Stream" && desk !== null && (
          <>
            <OverlayKey api={api} name={name} made={desk.has_token} onMade={() => overlay.set({ ...desk, has_token: true })} />
            <OverlayForm
              api={api}
              name={name}
              settings={desk.settings}
              currency={tipping.currency}
              symbol={tipping.chain.currency.symbol}
              onSaved={(settings) => overlay.set({ ...desk, settings })}
            />
          </>
        )}
        {tab === "Goal" && <GoalCard api={api} name={name} tipping={tipping} goal={tips.goal} />}
        {tab === "History" && <HistoryCard api={api} name={name} explorer={tipping.chain.explorer} change={tips.recent} />}
        {tab === "Top" && <Leaderboard api={api} name={name} live={channel.live} change={tips.recent} />}
        {tab === "Payout" && (
          <Suspense fallback={<p role="status">One moment…</p>}>
            <PayoutCard api={api} tipping={tipping} artist={offer.channel.artist} />
          </Suspense>
        )}
      </Tabs>
    </div>
  );
}
