/** A page of the studio about one of the artist's channels: which one, and what there is of it. */
import { Fragment, type ReactNode, useState } from "react";
import { studioPath, targetOf } from "../../core/target";
import { useMyChannels } from "../../hooks/my-channels";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { Link, replace } from "../../router";
import { Waiting } from "../waiting";

interface ChosenChannelProps {
  readonly api: Api;
  readonly title: string;
  /** The page's address for a channel. */
  readonly path: (channel: string) => string;
  /** Also the class of what is on the page. */
  readonly testId: string;
  readonly children: (channel: Channel) => ReactNode;
}

export function ChosenChannel({ api, title, path, testId, children }: ChosenChannelProps) {
  const mine = useMyChannels(api);
  const [wanted, setWanted] = useState(() => targetOf(location.search, "", { channel: "", key: "" }).channel);
  if (mine.value === null) return <Waiting of={mine} page />;
  const channel = mine.value.find(({ name }) => name === wanted) ?? mine.value[0];
  if (channel === undefined) {
    return (
      <section className="notice">
        <p className="notice-kicker">{title}</p>
        <h1>You have no channel yet.</h1>
        <p>
          <Link className="button" href="/channels">
            Make one
          </Link>
        </p>
      </section>
    );
  }
  const choose = (name: string) => {
    setWanted(name);
    replace(path(name));
  };
  return (
    <div className={`backstage backstage-wide ${testId}`} data-testid={testId}>
      <h1>{title}</h1>
      <p className="backstage-sub">
        <Link href={`/${channel.name}`}>See the channel</Link> <Link href={studioPath(channel.name)}>Go to the studio</Link>
      </p>
      {mine.value.length > 1 && (
        <label className="field chosen-channel">
          <span>Channel</span>
          <select value={channel.name} onChange={(event) => choose(event.target.value)}>
            {mine.value.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <Fragment key={channel.name}>{children(channel)}</Fragment>
    </div>
  );
}
