/** A channel's chat as its moderators look after it: the chat itself, what waits for a decision, and what was decided. */
import { useEffect, useState } from "react";
import { Guarded } from "../components/account/guarded";
import { Chat } from "../components/chat/chat";
import { DeskTabs } from "../components/moderation/desk-tabs";
import { useEvents } from "../hooks/events";
import { useTitle } from "../hooks/page";
import { Desk } from "../live/desk";
import type { Api } from "../protocol/api";
import { Link } from "../router";
import { useStore } from "../store";

export function ModeratePage({ name, api }: { name: string; api: Api }) {
  useTitle(`Moderate ${name} · Harmonie`);
  return <Guarded path={`/${name}/moderate`}>{(user) => <Moderating key={user.id} name={name} api={api} />}</Guarded>;
}

function Moderating({ name, api }: { name: string; api: Api }) {
  const events = useEvents();
  const [desk] = useState(() => new Desk(name, events));
  useEffect(() => desk.start(), [desk]);
  const view = useStore(desk.store);
  if (view.room?.state === "refused" || view.room?.state === "closed") {
    return (
      <section className="notice" data-testid="no-moderator">
        <p className="notice-kicker">Wrong door</p>
        <h1>{view.room.code === "no_such_room" ? "There is no such channel." : "This page is for the moderators of this channel."}</h1>
        <p>
          <Link className="button" href={`/${name}`}>
            To the channel
          </Link>
        </p>
      </section>
    );
  }
  return (
    <div className="moderate">
      <header className="moderate-head">
        <h1>Moderate {name}</h1>
        <Link href={`/${name}`}>See the channel</Link>
      </header>
      <Chat name={name} api={api} place="alone" path={`/${name}/moderate`} />
      <DeskTabs name={name} api={api} view={view} />
    </div>
  );
}
