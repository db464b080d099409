/** The token that a mail's link carries behind its '#'. It is taken out of the address bar and the history at once. */
import { useEffect, useState } from "react";
import { linkToken } from "../core/session";

export interface LinkToken {
  /** Empty when the address carried none. */
  readonly token: string;
  /** Another number for each link that is followed: a `key` for what shows one. */
  readonly turn: number;
}

export function useLinkToken(): LinkToken {
  const [link, setLink] = useState<LinkToken>(() => ({ token: linkToken(location.hash), turn: 0 }));
  useEffect(() => {
    clean();
    // A link that is opened where its page is open already loads nothing anew.
    const changed = () => {
      const token = linkToken(location.hash);
      if (token === "") return;
      clean();
      setLink(({ turn }) => ({ token, turn: turn + 1 }));
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return link;
}

function clean(): void {
  if (location.hash.includes("token=")) history.replaceState(null, "", location.pathname + location.search);
}
