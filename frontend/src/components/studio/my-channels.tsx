/** The artist's own channels to pick from, and a key for the one picked. */
import { useCallback, useState } from "react";
import { useLoaded } from "../../hooks/action";
import { useUser } from "../../hooks/session";
import type { Target } from "../../live/publisher";
import type { Api } from "../../protocol/api";
import { Link } from "../../router";
import { RotateDialog } from "../channels/stream-key-card";

interface MyChannelsProps {
  readonly api: Api;
  readonly target: Target;
  readonly locked: boolean;
  readonly onChange: (part: Partial<Target>) => void;
}

export function MyChannels(props: MyChannelsProps) {
  const user = useUser();
  return user === null ? null : <Picker key={user.id} userId={user.id} {...props} />;
}

function Picker({ userId, api, target, locked, onChange }: MyChannelsProps & { userId: string }) {
  const load = useCallback(() => api.channels.ownedBy(userId), [api, userId]);
  const channels = useLoaded(load).value ?? [];
  const [asking, setAsking] = useState(false);
  const mine = channels.some((channel) => channel.name === target.channel);
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
          value={mine ? target.channel : ""}
          disabled={locked}
          // The key of one channel does not open another.
          onChange={(event) => onChange({ channel: event.target.value, key: "" })}
        >
          {!mine && <option value="">Choose one</option>}
          {channels.map(({ name, title }) => (
            <option key={name} value={name}>
              {title && title !== name ? `${name}: ${title}` : name}
            </option>
          ))}
        </select>
      </label>
      {mine && target.key === "" && (
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
