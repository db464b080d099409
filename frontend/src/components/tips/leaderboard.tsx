/** Who tipped most: in this broadcast, this month, ever. Asked again when the room tells of a change. */
import { useEffect, useId, useState } from "react";
import { refusalWords } from "../../core/refusals";
import { worthWords } from "../../core/tip-amounts";
import { people } from "../../core/words";
import type { Api } from "../../protocol/api";
import type { Period, TopTipper } from "../../protocol/tips";

const PERIODS: readonly (readonly [Period, string, string])[] = [
  ["broadcast", "Broadcast", "Nobody has tipped in this broadcast yet."],
  ["month", "This month", "Nobody has tipped this month yet."],
  ["all", "All time", "Nobody has tipped here yet."],
];
const SHOWN = 10;
/** Many tips at once are one question. */
const REST_MS = 1500;

interface LeaderboardProps {
  readonly api: Api;
  readonly name: string;
  readonly live: boolean;
  /** Another value: something has changed. */
  readonly change: unknown;
}

export function Leaderboard({ api, name, live, change }: LeaderboardProps) {
  const [chosen, setPeriod] = useState<Period>("month");
  const period = chosen === "broadcast" && !live ? "month" : chosen;
  const [state, setState] = useState<{ period: Period; top: readonly TopTipper[]; problem: string } | null>(null);
  const id = useId();
  useEffect(() => {
    let gone = false;
    const ask = () =>
      api.tips.leaderboard(name, period).then(
        (top) => gone || setState({ period, top, problem: "" }),
        (error: unknown) => gone || setState({ period, top: [], problem: refusalWords(error) }),
      );
    const timer = setTimeout(() => void ask(), state?.period === period ? REST_MS : 0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
    // Of the state only its period matters here, and when that is another, `period` has changed.
  }, [api, name, period, change]);
  const current = state?.period === period ? state : null;
  const empty = PERIODS.find(([each]) => each === period)?.[2] ?? "";
  return (
    <section className="board card" aria-labelledby={id} data-testid="leaderboard">
      <header className="board-head">
        <h2 id={id}>Top tippers</h2>
        <div className="board-periods" role="group" aria-label="Period">
          {PERIODS.filter(([each]) => live || each !== "broadcast").map(([each, words]) => (
            <button key={each} type="button" className="board-period" aria-pressed={each === period} onClick={() => setPeriod(each)}>
              {words}
            </button>
          ))}
        </div>
      </header>
      {current !== null && current.top.length > 0 && (
        <ol className="board-list">
          {current.top.slice(0, SHOWN).map((top, index) => (
            <li key={top.user ?? top.wallet} data-testid="top-tipper">
              <span className="board-rank">{index + 1}</span>
              <bdi className="board-name" title={top.wallet}>
                {top.name}
              </bdi>
              <span className="board-tips">{people(top.tips, "tip", "tips")}</span>
              <span className="board-worth">{top.worth === null || top.worth.minor === 0 ? "" : worthWords(top.worth)}</span>
            </li>
          ))}
        </ol>
      )}
      <p className="hint" role="status">
        {current === null ? "One moment…" : current.problem !== "" ? current.problem : current.top.length === 0 ? empty : ""}
      </p>
    </section>
  );
}
