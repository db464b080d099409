/** Tips as an artist runs them: alerts on the stream, the goal, what came, and who gets it. */
import { lazy, Suspense, useCallback, useState } from "react";
import { Guarded } from "../components/account/guarded";
import { ChosenChannel } from "../components/studio/chosen-channel";
import { Leaderboard } from "../components/tips/leaderboard";
import { Tabs } from "../components/tabs";
import { ControlBar } from "../components/tip-desk/control-bar";
import { GoalCard } from "../components/tip-desk/goal-card";
import { HistoryCard } from "../components/tip-desk/history-card";
import { OverlayForm } from "../components/tip-desk/overlay-form";
import { OverlayKey } from "../components/tip-desk/overlay-key";
import { PayoutState } from "../components/tip-desk/payout-state";
import { Waiting } from "../components/waiting";
import { tipDeskPath } from "../core/target";
import { useLoaded } from "../hooks/action";
import { useTitle } from "../hooks/page";
import { type Offer, useOffer, useTips } from "../hooks/tips";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import "../styles/tips.css";
import "../styles/tip-desk.css";

// It brings what reads the contract; nobody else on the page needs that.
const PayoutCard = lazy(() => import("../components/tip-desk/payout-card").then((module) => ({ default: module.PayoutCard })));

const TABS = ["Stream", "Goal", "History", "Top", "Payout"] as const;
type Tab = (typeof TABS)[number];

export function StudioTipsPage({ api }: { api: Api }) {
  useTitle("Tips · Studio · Harmonie");
  return (
    <Guarded path={`/studio/tips${location.search}`}>
      {(user) => (
        <ChosenChannel key={user.id} api={api} title="Tips" path={tipDeskPath} testId="tip-desk">
          {(channel) => <OfChannel api={api} channel={channel} />}
        </ChosenChannel>
      )}
    </Guarded>
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
