/** The goal as it stands on the stream. */
import { goalAmountWords, goalPercent } from "../../core/tip-amounts";
import type { OverlaySettings } from "../../protocol/overlay";
import type { Goal } from "../../protocol/tips";

export function OverlayGoal({ goal, theme }: { goal: Goal; theme: OverlaySettings["theme"] }) {
  const percent = goalPercent(goal);
  return (
    <section className="overlay-goal" data-theme={theme} data-testid="overlay-goal" data-reached={goal.reached || undefined}>
      <p>
        <bdi>{goal.title}</bdi>
        <span>
          {goalAmountWords(goal, goal.raised)} / {goalAmountWords(goal, goal.target)}
        </span>
      </p>
      <div className="overlay-goal-track">
        <i style={{ width: `${percent}%` }} />
      </div>
    </section>
  );
}
