/** What the artist collects for, and how much of it is there. */
import { goalAmountWords, goalPercent } from "../../core/tip-amounts";
import type { Goal } from "../../protocol/tips";

export function GoalBar({ goal }: { goal: Goal }) {
  const percent = goalPercent(goal);
  const words = `${goalAmountWords(goal, goal.raised)} of ${goalAmountWords(goal, goal.target)}`;
  return (
    <section className="goal" aria-label="Goal" data-testid="goal" data-reached={goal.reached || undefined}>
      <p className="goal-words">
        <bdi className="goal-title">{goal.title}</bdi>
        <span>{goal.reached ? `Reached: ${words}` : words}</span>
      </p>
      <div className="goal-track" role="progressbar" aria-label={goal.title} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-valuetext={words}>
        <i style={{ width: `${percent}%` }} />
      </div>
    </section>
  );
}
