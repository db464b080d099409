/** Which channel, and the key that opens it. */
import { type RefObject, useState } from "react";
import type { Target } from "../../live/publisher";
import { Icon } from "../icons";

interface ChannelFormProps {
  readonly form: RefObject<HTMLFormElement | null>;
  readonly target: Target;
  /** While live the target cannot change under the broadcast. */
  readonly locked: boolean;
  readonly onChange: (part: Partial<Target>) => void;
  readonly onSubmit: () => void;
}

export function ChannelForm({ form, target, locked, onChange, onSubmit }: ChannelFormProps) {
  const [shown, setShown] = useState(false);
  return (
    <form
      ref={form}
      className="card"
      aria-label="Channel"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (!locked) onSubmit();
      }}
    >
      <h2>Channel</h2>
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
  );
}
