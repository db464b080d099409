/** The channels of whoever is signed in, and making one. */
import { useCallback, useState } from "react";
import { Guarded } from "../components/account/guarded";
import { ChannelPicture } from "../components/channels/channel-picture";
import { CreateChannel } from "../components/channels/create-channel";
import { LiveBadge } from "../components/live-badge";
import { SecretOnce } from "../components/secret-once";
import { Waiting } from "../components/waiting";
import { studioPath } from "../core/target";
import { people } from "../core/words";
import { useLoaded } from "../hooks/action";
import { useTitle } from "../hooks/page";
import type { User } from "../protocol/account-types";
import type { Api } from "../protocol/api";
import { Link } from "../router";

export function MyChannelsPage({ api }: { api: Api }) {
  useTitle("My channels · Harmonie");
  return <Guarded path="/channels">{(user) => <Mine key={user.id} user={user} api={api} />}</Guarded>;
}

function Mine({ user, api }: { user: User; api: Api }) {
  const load = useCallback(() => api.channels.ownedBy(user.id), [api, user.id]);
  const channels = useLoaded(load);
  const [made, setMade] = useState<{ name: string; key: string } | null>(null);
  return (
    <div className="backstage">
      <h1>My channels</h1>
      <div className="backstage-cards">
        {made !== null && (
          <section className="card" aria-label="New channel">
            <SecretOnce title={`The stream key of ${made.name}`} secrets={[made.key]} onDone={() => setMade(null)}>
              <p>
                <Link href={studioPath(made.name, made.key)}>Go to the studio with it</Link>, or enter it in OBS. It is shown only now;
                you can get another one at any time.
              </p>
            </SecretOnce>
          </section>
        )}
        <section className="card" aria-label="My channels">
          {channels.value === null && <Waiting of={channels} />}
          {channels.value?.length === 0 && <p>None yet. Make one below, and take the stage.</p>}
          <ul className="rows">
            {channels.value?.map((channel) => (
              <li key={channel.name} data-testid="my-channel">
                <ChannelPicture channel={channel} />
                <div>
                  <strong>
                    <bdi>{channel.title || channel.name}</bdi>
                  </strong>{" "}
                  {channel.live && <LiveBadge state={channel.state} />}
                  <p className="hint">
                    <Link href={`/${channel.name}`}>/{channel.name}</Link>, {people(channel.followers, "follower", "followers")}
                  </p>
                </div>
                <div className="buttons">
                  <Link className="button" href={`/channels/${channel.name}`}>
                    Edit<span className="visually-hidden"> {channel.name}</span>
                  </Link>
                  <Link className="button" href={studioPath(channel.name)}>
                    Studio<span className="visually-hidden"> of {channel.name}</span>
                  </Link>
                </div>
              </li>
            ))}
          </ul>
        </section>
        <CreateChannel
          api={api}
          onMade={(name, key) => {
            setMade({ name, key });
            void channels.reload();
          }}
        />
      </div>
    </div>
  );
}
