/** The token that a mail's link carries behind its '#'. It is taken out of the address bar and the history at once. */
import { useEffect, useState } from "react";
import { linkToken } from "../core/session";

export function useLinkToken(): string {
  const [token] = useState(() => linkToken(location.hash));
  useEffect(() => {
    if (location.hash.includes("token=")) history.replaceState(null, "", location.pathname + location.search);
  }, []);
  return token;
}
