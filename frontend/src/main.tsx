/** Starts the pages: one API client for the page, then React. */
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { Api } from "./protocol/api";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/home.css";
import "./styles/player.css";

const api = new Api();
// Asked for now, so that it is there when a connection wants it; nothing waits for it.
void api.config();

const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<App api={api} />);
