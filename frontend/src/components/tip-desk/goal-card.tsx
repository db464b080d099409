/** What the artist collects for: set, changed, and ended. */
import { type FormEvent, useState } from "react";
import { exactAmount, minorDigits, readAmount } from "../../core/tip-amounts";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { Goal, Tipping } from "../../protocol/tips";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";
import { GoalBar } from "../tips/goal-bar";

const TITLE_MAX = 100;
/** Stands for the currency among the coins' addresses. */
const WORTH = "";

interface GoalCardProps {
  readonly api: Api;
  readonly name: string;
  readonly tipping: Tipping;
  readonly goal: Goal | null;
}

export function GoalCard({ api, name, tipping, goal }: GoalCardProps) {
  const acting = useAction();
  const end = () =>
    acting.run(async () => {
      await api.tipHistory.endGoal(name);
      return "The goal is gone from your channel and your stream.";
    });
  return (
    <section className="card" aria-label="Goal" data-testid="goal-card">
      <h2>Goal</h2>
      {goal === null ? <p>You collect for nothing in particular. A goal shows on your channel and on your stream, and grows with every tip.</p> : <GoalBar goal={goal} />}
      <GoalForm key={goal?.id ?? "none"} api={api} name={name} tipping={tipping} goal={goal} />
      {goal !== null && (
        <div className="buttons">
          <button type="button" className="button" aria-disabled={acting.busy} data-testid="goal-end" onClick={() => void end()}>
            End this goal
          </button>
        </div>
      )}
      <Outcome action={acting} />
    </section>
  );
}

function GoalForm({ api, name, tipping, goal }: GoalCardProps) {
  const { coins, currency } = tipping;
  const [title, setTitle] = useState(goal?.title ?? "");
  const [counted, setCounted] = useState(goal === null ? (currency === null ? (coins[0]?.token ?? WORTH) : WORTH) : (goal.token ?? WORTH));
  const coin = coins.find(({ token }) => token === counted);
  const [typed, setTyped] = useState(goal === null ? "" : exactAmount(goal.target, goal.token === null ? minorDigits(goal.currency) : goal.decimals));
  const [tried, setTried] = useState(false);
  const saving = useAction();
  const read = readAmount(typed, coin?.decimals ?? minorDigits(currency ?? ""));
  const problem = "problem" in read ? read.problem : "";
  const save = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (title.trim() === "" || !("amount" in read)) return;
    const wish = { title: title.trim(), target: String(read.amount), token: coin?.token ?? null };
    void saving.run(async () => {
      await api.tipHistory.setGoal(name, wish);
      return goal === null ? "Your goal is on your channel." : "Saved.";
    });
  };
  return (
    <form className="form" noValidate onSubmit={save} aria-label={goal === null ? "New goal" : "Change the goal"}>
      <TextField
        label="What for"
        value={title}
        onChange={setTitle}
        maxLength={TITLE_MAX}
        placeholder="A new amplifier"
        wrong={tried && title.trim() === ""}
        hint={tried && title.trim() === "" ? "Say what for." : undefined}
      />
      <div className="field-grid">
        <TextField label="How much" value={typed} onChange={setTyped} inputMode="decimal" autoComplete="off" wrong={tried && problem !== ""} hint={tried ? problem : ""} />
        <label className="field">
          <span>Counted in</span>
          <select value={counted} onChange={(event) => setCounted(event.target.value)}>
            {currency !== null && <option value={WORTH}>{currency}, whatever the coin</option>}
            {coins.map(({ token, symbol }) => (
              <option key={token} value={token}>
                {symbol}
              </option>
            ))}
          </select>
        </label>
      </div>
      {goal !== null && counted !== (goal.token ?? WORTH) && <p className="hint">Counted in something else, it begins at nothing again.</p>}
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button button-primary" aria-disabled={saving.busy} data-testid="goal-save">
          {goal === null ? "Set the goal" : "Save"}
        </button>
      </div>
    </form>
  );
}
