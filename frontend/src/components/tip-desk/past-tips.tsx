/** Tips of the past, one a row, as those concerned see them. Names and messages are only ever text. */
import type { ReactNode } from "react";
import { momentWords } from "../../core/account-words";
import { exactAmount, tipAmountWords, worthWords } from "../../core/tip-amounts";
import { useAction } from "../../hooks/action";
import type { Gathered } from "../../hooks/pages";
import { saveFile } from "../../live/save-file";
import type { GivenTip, PastState, ReceivedTip } from "../../protocol/tip-history";
import { Outcome } from "../outcome";

const STATES: Readonly<Record<PastState, string>> = { seen: "Being confirmed", confirmed: "Confirmed", orphaned: "Not paid" };
const STATE_MEANS = "The chain has dropped it: nothing was paid.";

interface PastTipsProps<T> {
  readonly tips: Gathered<T>;
  /** Those to be shown; all without. */
  readonly which?: (tip: T) => boolean;
  /** Who gave it, or where it went. */
  readonly about: (tip: T) => ReactNode;
  readonly explorer: string | null;
  /** Words for when there are none. */
  readonly none: string;
  readonly fileName: string;
  readonly file: () => Promise<Blob>;
}

export function PastTips<T extends ReceivedTip | GivenTip>({ tips, which = () => true, about, explorer, none, fileName, file }: PastTipsProps<T>) {
  const saving = useAction();
  const shown = tips.items.filter(which);
  const save = () =>
    saving.run(async () => {
      saveFile(await file(), fileName);
      return "The file is among your downloads.";
    });
  return (
    <>
      <Rows tips={shown} about={about} explorer={explorer} />
      {tips.problem !== "" ? (
        <p className="problem" role="alert">
          {tips.problem}
        </p>
      ) : (
        <p role="status">{tips.busy ? "One moment…" : tips.items.length === 0 ? none : shown.length === 0 ? "None of these." : ""}</p>
      )}
      <Outcome action={saving} />
      <div className="buttons">
        {(tips.more || tips.problem !== "") && (
          <button type="button" className="button" aria-disabled={tips.busy} onClick={tips.fetchMore}>
            {tips.problem === "" ? "Earlier tips" : "Try again"}
          </button>
        )}
        {tips.items.length > 0 && (
          <button type="button" className="button" aria-disabled={saving.busy} data-testid="tips-csv" onClick={() => void save()}>
            Download as CSV
          </button>
        )}
      </div>
    </>
  );
}

function Rows<T extends ReceivedTip | GivenTip>({ tips, about, explorer }: Pick<PastTipsProps<T>, "about" | "explorer"> & { readonly tips: readonly T[] }) {
  return (
    <ul className="rows past-tips">
      {tips.map((tip) => (
        <li key={tip.id} data-testid="past-tip" data-state={tip.state}>
          <div>
            <p>
              {about(tip)}
              <span className={tip.state === "orphaned" ? "tag tag-warning" : "tag"} title={tip.state === "orphaned" ? STATE_MEANS : undefined}>
                {STATES[tip.state]}
              </span>
            </p>
            {tip.message !== "" && (
              <p className="past-message">
                <bdi>{tip.message}</bdi>
                {tip.message_state !== "shown" && <em> ({tip.message_state === "held" ? "waits for a moderator" : "hidden"})</em>}
              </p>
            )}
            <p className="hint">
              {momentWords(new Date(tip.at_ms).toISOString())}
              {explorer?.startsWith("https://") === true && (
                <>
                  {" "}
                  <a href={`${explorer.replace(/\/+$/, "")}/tx/${encodeURIComponent(tip.transaction)}`} target="_blank" rel="noopener noreferrer">
                    Transaction
                  </a>
                </>
              )}
            </p>
          </div>
          <p className="past-amount" title={`${exactAmount(tip.amount, tip.decimals)} ${tip.symbol}`}>
            <strong>{tipAmountWords(tip)}</strong>
            {tip.worth !== null && <span>{worthWords(tip.worth)}</span>}
          </p>
        </li>
      ))}
    </ul>
  );
}
