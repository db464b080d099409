/** The tips that the person gave, here and by their linked wallets; also as a file. */
import { lazy, Suspense, useCallback } from "react";
import { useLoaded } from "../../hooks/action";
import { usePages } from "../../hooks/pages";
import type { Api } from "../../protocol/api";
import type { GivenTip } from "../../protocol/tip-history";
import type { Tipping } from "../../protocol/tips";
import { Link } from "../../router";
import { PastTips } from "../tip-desk/past-tips";
import { Waiting } from "../waiting";
import "../../styles/tip-desk.css";

// It brings what reads the contract; nobody else on the page needs that.
const PayoutCard = lazy(() => import("../tip-desk/payout-card").then((module) => ({ default: module.PayoutCard })));

export function GivenTips({ api }: { api: Api }) {
  const load = useCallback(async (): Promise<Tipping | "none"> => (await api.tips.tipping()) ?? "none", [api]);
  const tipping = useLoaded(load);
  const { value } = tipping;
  return (
    <>
      <section className="card" aria-label="Tips" data-testid="given-tips">
        <h2>Tips you gave</h2>
        {value === null && <Waiting of={tipping} />}
        {value === "none" && <p>There are no tips on this server.</p>}
        {value !== null && value !== "none" && <Given api={api} explorer={value.chain.explorer} />}
      </section>
      {value !== null && value !== "none" && (
        <Suspense fallback={null}>
          <PayoutCard api={api} tipping={value} />
        </Suspense>
      )}
    </>
  );
}

function Given({ api, explorer }: { api: Api; explorer: string | null }) {
  const load = useCallback((before: string | null) => api.tipHistory.given(before), [api]);
  const tips = usePages(load);
  return (
    <>
      <p className="hint">
        By the wallets that are <Link href="/settings/wallets">linked to your account</Link>, as the chain has them.
      </p>
      <PastTips
        tips={tips}
        about={where}
        explorer={explorer}
        none="None yet. There is a button to tip beside every artist who takes tips."
        fileName="tips-given.csv"
        file={() => api.tipHistory.givenFile()}
      />
    </>
  );
}

function where(tip: GivenTip) {
  return tip.channel === null ? <>To a channel that is no more</> : <Link href={`/${tip.channel}`}>/{tip.channel}</Link>;
}
