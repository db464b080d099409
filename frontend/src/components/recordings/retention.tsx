/** After how long a channel's recordings are deleted by themselves. */
import { useCallback } from "react";
import { keepWords } from "../../core/recording-words";
import { useAction, useLoaded } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import { Outcome } from "../outcome";

const CHOICES = [0, 7, 30, 90, 365] as const;

export function Retention({ api, channel }: { api: Api; channel: string }) {
  const load = useCallback(() => api.recordings.setting(channel), [api, channel]);
  const { value: setting, set } = useLoaded(load);
  const saving = useAction();
  if (setting === null) return null;
  const { keep_days: days } = setting;
  const choices = [...new Set([...CHOICES, days])].sort((a, b) => a - b);
  return (
    <section className="card" aria-labelledby="retention">
      <h2 id="retention">How long they are kept</h2>
      <label className="field">
        <span>Recordings of this channel</span>
        <select
          data-testid="keep-days"
          value={days}
          onChange={(event) => {
            const to = event.target.value === "" ? null : Number(event.target.value);
            void saving.run(async () => {
              set(await api.recordings.change(channel, { keep_days: to }));
              return "Saved.";
            });
          }}
        >
          {[...choices, null].map((each) => (
            <option key={each ?? "server"} value={each ?? ""}>
              {keepWords(each)}
            </option>
          ))}
        </select>
      </label>
      <p className="hint">A shorter time holds for those that are there already, too: what is older goes for good.</p>
      <Outcome action={saving} />
    </section>
  );
}
