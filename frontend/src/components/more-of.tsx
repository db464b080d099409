/** Below a list that comes in pages: what went wrong, and a button for what is still to come. */
import type { Gathered } from "../hooks/pages";

export function MoreOf({ list, words }: { list: Omit<Gathered<unknown>, "items" | "change">; words: string }) {
  const { more, busy, problem, fetchMore } = list;
  return (
    <>
      <p className="problem" role="alert">
        {problem}
      </p>
      {(more || problem !== "") && (
        <button type="button" className="button" aria-disabled={busy} onClick={fetchMore}>
          {problem === "" ? words : "Try again"}
        </button>
      )}
    </>
  );
}
