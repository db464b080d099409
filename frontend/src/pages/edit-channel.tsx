/** One channel as its owner changes it. */
import { useCallback, useEffect } from "react";
import { Guarded } from "../components/account/guarded";
import { DeleteChannel } from "../components/channels/delete-channel";
import { LinksForm } from "../components/channels/links-form";
import { Moderators } from "../components/channels/moderators";
import { PayoutForm } from "../components/channels/payout-form";
import { PictureForm } from "../components/channels/picture-form";
import { RenameForm } from "../components/channels/rename-form";
import { StreamKeyCard } from "../components/channels/stream-key-card";
import { WordsForm } from "../components/channels/words-form";
import { Waiting } from "../components/waiting";
import { studioPath, tipDeskPath } from "../core/target";
import { useLoaded } from "../hooks/action";
import { useTitle } from "../hooks/page";
import type { User } from "../protocol/account-types";
import type { Api } from "../protocol/api";
import { ProblemError } from "../protocol/problem";
import { Link, replace } from "../router";
import { NotFoundPage } from "./not-found";

export function EditChannelPage({ name, api }: { name: string; api: Api }) {
  useTitle(`${name} · Edit · Harmonie`);
  return <Guarded path={`/channels/${name}`}>{(user) => <Edit key={user.id} name={name} user={user} api={api} />}</Guarded>;
}

function Edit({ name, user, api }: { name: string; user: User; api: Api }) {
  const load = useCallback(() => api.channels.get(name), [api, name]);
  const loaded = useLoaded(load);
  const { value: channel, error, set } = loaded;
  // A former name leads to the present one.
  const moved = channel !== null && channel.name !== name ? channel.name : null;
  useEffect(() => {
    if (moved !== null) replace(`/channels/${moved}`);
  }, [moved]);
  if (error instanceof ProblemError && error.status === 404) return <NotFoundPage channel={name} />;
  if (channel === null) return <Waiting of={loaded} page />;
  const owns = channel.owner?.id === user.id;
  if (!owns && user.role !== "admin") {
    return (
      <section className="notice">
        <p className="notice-kicker">Wrong door</p>
        <h1>This channel is not yours.</h1>
        <p>
          <Link className="button" href="/channels">
            My channels
          </Link>
        </p>
      </section>
    );
  }
  return (
    <div className="backstage">
      <h1>
        <bdi>{channel.title || channel.name}</bdi>
      </h1>
      <p className="backstage-sub">
        <Link href={`/${channel.name}`}>See the channel</Link> <Link href={studioPath(channel.name)}>Go to the studio</Link>{" "}
        <Link href={tipDeskPath(channel.name)}>Tips</Link>{" "}
        <Link href="/channels">All my channels</Link>
      </p>
      <div className="backstage-cards">
        <WordsForm api={api} channel={channel} onChannel={set} />
        <PictureForm api={api} channel={channel} onChannel={set} />
        <LinksForm api={api} channel={channel} onChannel={set} />
        <StreamKeyCard api={api} channel={channel} />
        <Moderators api={api} name={channel.name} />
        {owns && <PayoutForm api={api} channel={channel} onChannel={set} />}
        <RenameForm api={api} channel={channel} onRenamed={(next) => replace(`/channels/${next}`)} />
        <DeleteChannel api={api} channel={channel} />
      </div>
    </div>
  );
}
