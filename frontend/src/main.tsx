/** Starts the pages: one session and one API client for the page, then React. */
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { EventsContext } from "./hooks/events";
import { NoticesContext } from "./hooks/notices";
import { SessionContext } from "./hooks/session";
import { Events, eventsUrl } from "./live/events";
import { Notices } from "./live/notices";
import { ProofDesk } from "./live/proof-desk";
import { Session } from "./live/session";
import { Api } from "./protocol/api";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/home.css";
import "./styles/player.css";
import "./styles/audio-art.css";
import "./styles/forms.css";
import "./styles/account-menu.css";
import "./styles/door.css";
import "./styles/backstage.css";
import "./styles/artist.css";
import "./styles/chat.css";
import "./styles/chat-lines.css";
import "./styles/composer.css";
import "./styles/chat-place.css";
import "./styles/menus.css";
import "./styles/moderate.css";
import "./styles/notices.css";

const session = new Session();
session.start();
const desk = new ProofDesk();
const api = new Api(session, desk.ask);
const events = new Events(eventsUrl(), session);
events.start();
const notices = new Notices(events, session);
notices.start();
// Asked for now, so that it is there when a connection wants it; nothing waits for it.
void api.config();

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <SessionContext value={session}>
      <EventsContext value={events}>
        <NoticesContext value={notices}>
          <App api={api} desk={desk} />
        </NoticesContext>
      </EventsContext>
    </SessionContext>,
  );
}
