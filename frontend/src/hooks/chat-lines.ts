/** The rows of a chat: what people said, without those whom the person does not want to see, and tips among it. */
import { useCallback, useEffect, useMemo } from "react";
import type { ChatState } from "../core/chat-room";
import { type ChatLine, withoutPeople, withTips } from "../core/tip-lines";
import type { Api } from "../protocol/api";
import type { Message } from "../protocol/chat";
import { useTips } from "./tips";

interface ChatLines {
  readonly messages: readonly Message[];
  readonly lines: readonly ChatLine[];
  /** Somebody comes near the beginning. */
  readonly needOlder: () => void;
}

const PAGES = 4;

export function useChatLines(api: Api, name: string, chat: ChatState, ignored: readonly string[] = NOBODY): ChatLines {
  const { tips, reach } = useTips(name);
  const messages = useMemo(
    () => (ignored.length === 0 ? chat.lines : chat.lines.filter(({ author }) => author === null || !ignored.includes(author.id))),
    [chat.lines, ignored],
  );
  const { complete } = chat;
  const cut = chat.ahead.length > 0;
  const lines = useMemo(() => withTips(messages, withoutPeople(tips, ignored), { complete, cut }), [messages, tips, ignored, complete, cut]);
  // Whoever scrolls up meets the tips of that time, too: page by page where people have said nothing before.
  const oldestMs = complete ? undefined : chat.lines[0]?.at_ms;
  useEffect(() => {
    if (oldestMs !== undefined) reach(api.tips, oldestMs, PAGES);
  }, [reach, api, oldestMs]);
  const needOlder = useCallback(() => {
    if (complete) reach(api.tips, 0, 1);
  }, [reach, api, complete]);
  return { messages, lines, needOlder };
}

const NOBODY: readonly string[] = [];
