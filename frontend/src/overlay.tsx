/** Starts the overlay: a page of its own without session, shell or cookies, for a browser source in OBS. */
import { createRoot } from "react-dom/client";
import { overlayToken } from "./core/overlay-address";
import type { SessionView } from "./core/session";
import { Events, eventsUrl } from "./live/events";
import { OverlayPage } from "./pages/overlay";
import { Client } from "./protocol/client";
import { TipsApi } from "./protocol/tips";
import { Store } from "./store";
import "./styles/overlay.css";

/** Nobody is signed in here. */
const nobody = {
  store: new Store<SessionView>({ state: "out", ended: false }),
  token: () => Promise.resolve(null),
  refresh: () => Promise.resolve(),
};
const events = new Events(eventsUrl(), nobody);
events.start();
const tips = new TipsApi(new Client(nobody, () => Promise.resolve(false)));

const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<OverlayPage token={overlayToken(location.pathname)} events={events} tips={tips} />);
