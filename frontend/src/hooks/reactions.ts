/** What the person reacted with in a chat, and the way to change it: shown at once, taken back when it was refused. */
import { useCallback, useEffect, useState } from "react";
import { type Done, mineOf, react, type Reacted, unsettled } from "../core/reactions";
import type { ChatRoom } from "../live/chat-room";
import type { Message } from "../protocol/chat";

const NONE: Reacted = {};

export function useReactions(room: ChatRoom, reacted: Reacted = NONE) {
  const [done, setDone] = useState<Done>(() => new Map());
  useEffect(() => setDone((before) => unsettled(before, reacted)), [reacted]);
  const change = useCallback(
    (message: Message, emoji: string, on: boolean) => {
      setDone((before) => react(before, message.id, emoji, on));
      void room.act("react", { message: message.id, emoji, on }).then((taken) => {
        if (!taken) setDone((before) => react(before, message.id, emoji, !on));
      });
    },
    [room],
  );
  return { react: change, mineOf: (id: string) => mineOf(id, reacted, done) };
}
