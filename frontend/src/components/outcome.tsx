/** What became of a form's action: read out by screen readers as it appears. */
import type { Action } from "../hooks/action";

export function Outcome({ action }: { action: Pick<Action, "problem" | "outcome"> }) {
  return (
    <>
      <p className="problem" role="alert">
        {action.problem}
      </p>
      <p className="outcome" role="status">
        {action.outcome}
      </p>
    </>
  );
}
