/** Which channel, and the key that opens it. Whoever is signed in picks from their own, and can have a new key. */
import { type RefObject, useState } from "react";
import type { Target } from "../../core/target";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { Icon } from "../icons";
import { MyChannels } from "./my-channels";

interface ChannelFormProps {
  readonly api: Api;
  readonly form: RefObject<HTMLFormElement | null>;
  readonly mine: readonly Channel[] | null;
  readonly target: Target;
  /** While live the target cannot change under the broadcast. */
  readonly locked: boolean;
  readonly onChange: (part: Partial<Target>) => void;
  readonly onSubmit: () => void;
}

export function ChannelForm({ api, form, mine, target, locked, onChange, onSubmit }: ChannelFormProps) {
  const [shown, setShown] = useState(false);
  return (
    <section className="card" aria-label="Channel">
      <h2>Channel</h2>
      <MyChannels api={api} mine={mine} target={target} locked={locked} onChange={onChange} />
      <form
        ref={form}
        className="form"
        aria-label="Channel and key"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (!locked) onSubmit();
        }}
      >
        <label className="field">
          <span>Name</span>
          <input
            name="channel"
            data-testid="channel-name"
            value={target.channel}
            disabled={locked}
            maxLength={32}
            autoCapitalize="none"
            spellCheck={false}
            placeholder="my-band"
            onChange={(event) => onChange({ channel: event.target.value.trim().toLowerCase() })}
          />
        </label>
        <div className="field">
          <label htmlFor="stream-key">Stream key</label>
          <span className="field-row">
            <input
              id="stream-key"
              name="key"
              data-testid="stream-key"
              type={shown ? "text" : "password"}
              value={target.key}
              disabled={locked}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => onChange({ key: event.target.value.trim() })}
            />
            <button type="button" className="button button-icon" aria-pressed={shown} onClick={() => setShown(!shown)}>
              <Icon name="eye" />
              <span className="visually-hidden">{shown ? "Hide the key" : "Show the key"}</span>
            </button>
          </span>
          <p className="hint">Whoever has the key can go live in your name. It is kept in this tab only.</p>
        </div>
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">
          Go live
        </button>
      </form>
    </section>
  );
}
