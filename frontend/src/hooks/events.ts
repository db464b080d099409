/** The page's connection to events, for every component below `EventsContext`, and the rooms in it. */
import { createContext, useContext, useEffect, useMemo, useState } from "react";
import { outcomeWords } from "../core/chat-words";
import type { Outcome } from "../core/event-types";
import { useNotices } from "./notices";
import { ChatRoom, type RoomWatcher } from "../live/chat-room";
import { ChatVoice } from "../live/chat-voice";
import type { Events } from "../live/events";
import type { Api } from "../protocol/api";
import { replace } from "../router";

export const EventsContext = createContext<Events | null>(null);

export function useEvents(): Events {
  const events = useContext(EventsContext);
  if (events === null) throw new Error("no events around this component");
  return events;
}

/** The chat of a channel, entered while the component is there. `name` must not change. */
export function useChatRoom(name: string, api: Api): { readonly room: ChatRoom; readonly voice: ChatVoice } {
  const events = useEvents();
  const notices = useNotices();
  const [parts] = useState(() => {
    const voice = new ChatVoice();
    const watcher: RoomWatcher = {
      said: (message) => voice.hear(message),
      moved: (present) => replace(location.pathname.replace(`/${name}`, `/${present}`)),
    };
    return { room: new ChatRoom(name, events, api.chat, watcher), voice };
  });
  useEffect(() => parts.room.start(), [parts]);
  // What happens in a chat that is being looked at needs no notice.
  useEffect(() => notices.look(name), [notices, name]);
  useEffect(() => () => parts.voice.stop(), [parts]);
  return parts;
}

export interface RoomCommands {
  command(type: string, fields: Readonly<Record<string, unknown>>, again?: boolean): Promise<Outcome>;
  /** Like `command`, with words on what went wrong. */
  act(type: string, fields: Readonly<Record<string, unknown>>): Promise<boolean>;
  readonly tell: (words: string) => void;
  readonly told: string;
}

/** Commands to a channel's room for a component that does not show it; somebody else on the page has to be in it. */
export function useRoomCommands(name: string): RoomCommands {
  const events = useEvents();
  const [told, tell] = useState("");
  return useMemo(() => {
    const command = (type: string, fields: Readonly<Record<string, unknown>>, again = true) => events.command({ ...fields, type, room: name }, again);
    return {
      command,
      act: async (type, fields) => {
        const outcome = await command(type, fields);
        tell(outcomeWords(outcome));
        return outcome.kind === "done";
      },
      tell,
      told,
    };
  }, [events, name, told]);
}
