/** A poll: its question, one vote for each, and the results as they come in. */
import { plural, spanWords } from "../../core/chat-words";
import type { Poll } from "../../protocol/chat";

interface PollCardProps {
  readonly poll: Poll;
  readonly voted: number | null;
  readonly mayVote: boolean;
  readonly moderates: boolean;
  readonly nowMs: number;
  readonly onVote: (option: number) => void;
  readonly onClose: () => void;
  readonly folded: boolean;
  readonly onFold: (folded: boolean) => void;
}

export function PollCard({ poll, voted, mayVote, moderates, nowMs, onVote, onClose, folded, onFold }: PollCardProps) {
  const votes = poll.options.reduce((sum, option) => sum + option.votes, 0);
  const closed = poll.closed || nowMs >= poll.ends_at_ms;
  const most = Math.max(...poll.options.map((option) => option.votes));
  const open = !closed && mayVote;
  if (folded) {
    return (
      <section className="poll poll-folded" aria-label="Poll" data-testid="poll">
        <h3>{poll.question}</h3>
        <button type="button" className="link-button" aria-expanded={false} onClick={() => onFold(false)}>
          Show<span className="visually-hidden"> the poll</span>
        </button>
      </section>
    );
  }
  return (
    <section className="poll" aria-label="Poll" data-testid="poll">
      <h3>{poll.question}</h3>
      <ul>
        {poll.options.map((option, index) => {
          const part = votes === 0 ? 0 : Math.round((100 * option.votes) / votes);
          return (
            // Options do not move, and may have the same words.
            <li key={index}>
              <button
                type="button"
                className="poll-option"
                disabled={!open}
                aria-pressed={voted === index}
                data-testid="poll-option"
                data-leads={(closed && votes > 0 && option.votes === most) || undefined}
                onClick={() => onVote(index)}
              >
                <span className="poll-bar" style={{ width: `${part}%` }} aria-hidden="true" />
                <span className="poll-words">
                  {voted === index && <span aria-hidden="true">✓ </span>}
                  {option.text}
                </span>
                <span className="poll-part">{part} %</span>
                <span className="visually-hidden">, {plural(option.votes, "vote")}</span>
              </button>
            </li>
          );
        })}
      </ul>
      <p className="poll-foot">
        <span>
          {plural(votes, "vote")}, {closed ? "closed" : `${spanWords(poll.ends_at_ms - nowMs)} left`}
        </span>
        {moderates && !closed && (
          <button type="button" className="link-button" onClick={onClose}>
            Close the poll
          </button>
        )}
        <button type="button" className="link-button" aria-expanded onClick={() => onFold(true)}>
          Hide<span className="visually-hidden"> the poll</span>
        </button>
      </p>
    </section>
  );
}
