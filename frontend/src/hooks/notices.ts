/** What happened to the person elsewhere, for every component below `NoticesContext`. */
import { createContext, useContext } from "react";
import type { Notices } from "../live/notices";

export const NoticesContext = createContext<Notices | null>(null);

export function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (notices === null) throw new Error("no notices around this component");
  return notices;
}
