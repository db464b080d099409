/** Below the picture: the artist's goal, and who tipped most. Nothing where there are no tips. */
import { useOffer, useTips } from "../../hooks/tips";
import type { Api } from "../../protocol/api";
import { GoalBar } from "./goal-bar";
import { Leaderboard } from "./leaderboard";
import "../../styles/tips.css";

interface TipPanelProps {
  readonly name: string;
  readonly api: Api;
  readonly live: boolean;
}

export function TipPanel({ name, api, live }: TipPanelProps) {
  const { tips, known } = useTips(name);
  const offer = useOffer(api, name).value;
  if (!known || offer === null || offer === "none") return null;
  if (offer.channel.artist === null && tips.recent.length === 0 && tips.goal === null) return null;
  return (
    <div className="tip-panel">
      {tips.goal !== null && <GoalBar goal={tips.goal} />}
      <Leaderboard api={api} name={name} live={live} change={tips} />
    </div>
  );
}
