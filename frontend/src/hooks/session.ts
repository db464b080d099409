/** The page's session, for every component below `SessionContext`. */
import { createContext, useContext } from "react";
import type { SessionView } from "../core/session";
import type { User } from "../protocol/account-types";
import type { Session } from "../live/session";
import { useStore } from "../store";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("no session around this component");
  return session;
}

export function useSessionView(): SessionView {
  return useStore(useSession().store);
}

/** Who is signed in; null while that is unknown too. */
export function useUser(): User | null {
  const view = useSessionView();
  return view.state === "in" ? view.user : null;
}
