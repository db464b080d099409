/** Starts the pages: one session and one API client for the page, then React. */
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { SessionContext } from "./hooks/session";
import { ProofDesk } from "./live/proof-desk";
import { Session } from "./live/session";
import { Api } from "./protocol/api";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/home.css";
import "./styles/player.css";
import "./styles/account.css";

const session = new Session();
session.start();
const desk = new ProofDesk();
const api = new Api(session, desk.ask);
// Asked for now, so that it is there when a connection wants it; nothing waits for it.
void api.config();

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <SessionContext value={session}>
      <App api={api} desk={desk} />
    </SessionContext>,
  );
}
