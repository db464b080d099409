/** The artist's own channels to pick from, and a key for the one picked. */
import { useState } from "react";
import { signInPath } from "../../core/session";
import type { Target } from "../../core/target";
import { useSessionView } from "../../hooks/session";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { Link } from "../../router";
import { RotateDialog } from "../channels/stream-key-card";

interface MyChannelsProps {
  readonly api: Api;
  /** Null while they are being fetched. */
  readonly mine: readonly Channel[] | null;
  readonly target: Target;
  readonly locked: boolean;
  readonly onChange: (part: Partial<Target>) => void;
}

export function MyChannels(props: MyChannelsProps) {
  const view = useSessionView();
  if (view.state === "unknown" || (view.state === "in" && props.mine === null)) return null;
  if (view.state === "out") {
    return (
      <p className="hint">
        <Link href={signInPath("/studio")}>Sign in</Link> to pick from your own channels, or enter a name and its key.
      </p>
    );
  }
  return <Picker {...props} />;
}

function Picker({ api, mine, target, locked, onChange }: MyChannelsProps) {
  const channels = mine ?? [];
  const [asking, setAsking] = useState(false);
  const picked = channels.some((channel) => channel.name === target.channel);
  if (channels.length === 0) {
    return (
      <p className="hint">
        <Link href="/channels">Make a channel of your own</Link>, or enter the key of another.
      </p>
    );
  }
  return (
    <>
      <label className="field">
        <span>My channels</span>
        <select
          data-testid="my-channels"
          value={picked ? target.channel : ""}
          disabled={locked}
          // The key of one channel does not open another.
          onChange={(event) => onChange({ channel: event.target.value, key: "" })}
        >
          {!picked && <option value="">Choose one</option>}
          {channels.map(({ name, title }) => (
            <option key={name} value={name}>
              {title && title !== name ? `${name}: ${title}` : name}
            </option>
          ))}
        </select>
      </label>
      {picked && target.key === "" && (
        <div className="buttons">
          <button type="button" className="button" disabled={locked} onClick={() => setAsking(true)}>
            Get a key for this tab
          </button>
        </div>
      )}
      {asking && (
        <RotateDialog
          api={api}
          name={target.channel}
          onKey={(key) => {
            onChange({ key });
            setAsking(false);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
