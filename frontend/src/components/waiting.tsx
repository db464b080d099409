/** Stands where something is being fetched; when that failed it says why and offers to try again. */
import type { Loaded } from "../hooks/action";

interface WaitingProps {
  readonly of: Pick<Loaded<unknown>, "problem" | "reload">;
  /** Takes the middle of the page, not a line of a card. */
  readonly page?: boolean;
}

export function Waiting({ of: { problem, reload }, page = false }: WaitingProps) {
  return (
    <div className={page ? "shell-loading" : undefined} role="status">
      <p>{problem || "One moment…"}</p>
      {problem !== "" && (
        <button type="button" className="link-button" onClick={() => void reload()}>
          Try again
        </button>
      )}
    </div>
  );
}
