/** What came: by day, tip by tip, and as a file. */
import { useCallback, useState } from "react";
import { lastDays } from "../../core/tip-days";
import { useLoaded } from "../../hooks/action";
import { usePages } from "../../hooks/pages";
import type { Api } from "../../protocol/api";
import type { Days, ReceivedTip } from "../../protocol/tip-history";
import { Waiting } from "../waiting";
import { Choice } from "./choice";
import { DaysChart } from "./days-chart";
import { PastTips } from "./past-tips";

type Which = "all" | "paid" | "orphaned";
const SHOWN_DAYS = 30;

interface HistoryCardProps {
  readonly api: Api;
  readonly name: string;
  readonly explorer: string | null;
  /** Another value: the room has told of tips. */
  readonly change: unknown;
}

export function HistoryCard({ api, name, explorer, change }: HistoryCardProps) {
  const [days, setDays] = useState(() => lastDays(SHOWN_DAYS, Date.now()));
  const [taken, setTaken] = useState(change);
  const wrong = days.since !== "" && days.until !== "" && days.since > days.until;
  return (
    <section className="card" aria-label="History" data-testid="tip-history">
      <h2>History</h2>
      <div className="field-grid">
        <DayField label="From (UTC)" value={days.since} onChange={(since) => setDays({ ...days, since })} />
        <DayField label="To (UTC)" value={days.until} onChange={(until) => setDays({ ...days, until })} />
      </div>
      {wrong && (
        <p className="problem" role="alert">
          The first day comes after the last.
        </p>
      )}
      {change !== taken && (
        <p role="status">
          Tips have come or changed.{" "}
          <button type="button" className="link-button" data-testid="history-reload" onClick={() => setTaken(change)}>
            Show them
          </button>
        </p>
      )}
      {!wrong && <Between key={`${days.since} ${days.until}`} api={api} name={name} days={days} explorer={explorer} taken={taken} />}
    </section>
  );
}

interface BetweenProps {
  readonly api: Api;
  readonly name: string;
  readonly days: Days;
  readonly explorer: string | null;
  readonly taken: unknown;
}

function Between({ api, name, days, explorer, taken }: BetweenProps) {
  const [which, setWhich] = useState<Which>("all");
  // Another `taken` asks anew.
  const loadDays = useCallback(() => api.tipHistory.days(name, days), [api, name, days, taken]);
  const sums = useLoaded(loadDays);
  const load = useCallback((before: string | null) => api.tipHistory.received(name, days, before), [api, name, days, taken]);
  const tips = usePages(load);
  return (
    <>
      {sums.value === null ? sums.problem !== "" && <Waiting of={sums} /> : <DaysChart days={sums.value} within={days} />}
      {tips.items.length > 0 && (
        <div className="field-grid">
          <Choice label="Show" value={which} words={{ all: "All tips", paid: "Paid", orphaned: "Not paid: dropped by the chain" }} onChange={setWhich} />
        </div>
      )}
      <PastTips
        tips={tips}
        which={({ state }) => which === "all" || (state === "orphaned") === (which === "orphaned")}
        about={giver}
        explorer={explorer}
        none="No tips in these days."
        fileName={`tips-${name}.csv`}
        file={() => api.tipHistory.receivedFile(name, days)}
      />
    </>
  );
}

function giver(tip: ReceivedTip) {
  return <bdi title={tip.from.wallet}>{tip.from.name}</bdi>;
}

function DayField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label className="field">
      <span>{label}</span>
      <input type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}
