/** Where a line is written: completion of names, emoji and commands, the answered line above, and the wait of slow mode. */
import { type KeyboardEvent, useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { COMMANDS, plural, spanWords } from "../../core/chat-words";
import { complete, type Completed, insert, matching, type Token, tokenAt } from "../../core/completion";
import { findEmoji } from "../../core/emoji";
import type { Author, Message } from "../../protocol/chat";
import { Icon } from "../icons";
import type { Point } from "../../hooks/floating";
import { EmojiPicker } from "./emoji-picker";

export interface ComposerHandle {
  focus(): void;
  mention(name: string): void;
}

interface ComposerProps {
  readonly channel: string;
  /** Who spoke lately, the last first. */
  readonly speakers: readonly Author[];
  readonly moderates: boolean;
  readonly replyTo: Message | null;
  readonly onReplyTo: (message: Message | null) => void;
  /** Returns whether there was anything to say. */
  readonly onSay: (text: string) => boolean;
  /** Until slow mode lets the person write again; 0 when it does. */
  readonly waitMs: number;
  readonly handle: React.Ref<ComposerHandle>;
  /** Arrow up in an empty field: to the messages. */
  readonly onUp: () => void;
}

interface Choice {
  readonly key: string;
  readonly sign: string;
  readonly words: string;
  readonly text: string;
}

export const TEXT_MAX = 500;
const COUNT_FROM = 400;
const CHOICES = 8;

export function Composer({ channel, speakers, moderates, replyTo, onReplyTo, onSay, waitMs, handle, onUp }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const [text, setText] = useDraft(channel);
  const [caret, setCaret] = useState(text.length);
  const [closed, setClosed] = useState(-1);
  const [chosen, setChosen] = useState(0);
  const [picker, setPicker] = useState<Point | null>(null);
  const place = useRef<number | null>(null);

  const token = tokenAt(text, caret);
  const choices = token === null || closed === token.from ? [] : choicesOf(token, speakers, moderates);
  const at = Math.min(chosen, choices.length - 1);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    // As tall as its text, up to what the style sheet allows.
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
    if (place.current !== null) element.setSelectionRange(place.current, place.current);
    place.current = null;
  }, [text]);
  useEffect(() => {
    if (replyTo !== null) field.current?.focus();
  }, [replyTo]);

  useEffect(() => {
    // A keyboard that comes up on the screen leaves the field where it can be seen.
    const view = window.visualViewport;
    const keep = () => {
      if (document.activeElement === field.current) field.current?.closest("form")?.scrollIntoView({ block: "nearest" });
    };
    view?.addEventListener("resize", keep);
    return () => view?.removeEventListener("resize", keep);
  }, []);

  const put = ({ text: next, caret: to }: Completed) => {
    setText(next);
    setCaret(to);
    setChosen(0);
    place.current = to;
    field.current?.focus();
  };
  useImperativeHandle(handle, () => ({
    focus: () => field.current?.focus(),
    mention: (name) => put(insert(text, caret, `@${name}`)),
  }));
  const accept = (choice: Choice) => {
    if (token !== null) put(complete(text, token, choice.text));
  };
  const say = () => {
    if (waitMs > 0 || text.length > TEXT_MAX || !onSay(text)) return;
    setText("");
    setCaret(0);
    onReplyTo(null);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (choices.length > 0) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const choice = choices[at];
      if (step !== 0) {
        event.preventDefault();
        setChosen((at + step + choices.length) % choices.length);
        return;
      }
      // What is written out already needs no completing: Enter sends it.
      const written = token !== null && choice?.text.toLowerCase() === text.slice(token.from).trimEnd().toLowerCase();
      if ((event.key === "Tab" || (event.key === "Enter" && !written)) && !event.shiftKey && choice !== undefined) {
        event.preventDefault();
        accept(choice);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        setClosed(token?.from ?? -1);
        return;
      }
    }
    if (event.key === "Enter") {
      event.preventDefault();
      say();
    } else if (event.key === "Escape" && replyTo !== null) {
      onReplyTo(null);
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      onUp();
    }
  };
  const seconds = Math.ceil(waitMs / 1000);
  return (
    <form
      className="composer"
      aria-label="Write"
      onSubmit={(event) => {
        event.preventDefault();
        say();
      }}
    >
      {replyTo !== null && (
        <div className="composer-reply">
          <p>
            Answering <strong>{replyTo.author?.name ?? "somebody"}</strong>: <bdi>{replyTo.text}</bdi>
          </p>
          <button type="button" className="chat-tool" aria-label="Do not answer" onClick={() => onReplyTo(null)}>
            <Icon name="close" />
          </button>
        </div>
      )}
      {choices.length > 0 && (
        <ul className="choices" role="listbox" id={`${id}-choices`} aria-label="Suggestions" data-testid="choices">
          {choices.map((choice, index) => (
            <li
              key={choice.key}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => accept(choice)}
            >
              {choice.sign !== "" && <span aria-hidden="true">{choice.sign}</span>} <bdi>{choice.words}</bdi>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-row">
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label={`Message to ${channel}`}
          aria-controls={choices.length > 0 ? `${id}-choices` : undefined}
          aria-activedescendant={choices.length > 0 ? `${id}-${at}` : undefined}
          aria-autocomplete="list"
          aria-describedby={`${id}-state`}
          placeholder="Write a message"
          autoComplete="off"
          enterKeyHint="send"
          data-testid="composer"
          onChange={(event) => {
            setText(event.target.value.replace(/\r?\n/g, " "));
            setCaret(event.target.selectionStart);
            setChosen(0);
            setClosed(-1);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={pressed}
          onBlur={() => setClosed(token?.from ?? -1)}
        />
        <button
          type="button"
          className="chat-tool"
          aria-label="Emoji"
          aria-haspopup="dialog"
          aria-expanded={picker !== null}
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            setPicker({ x: box.right - 320, y: box.top - 360 });
          }}
        >
          <Icon name="smile" />
        </button>
        <button type="submit" className="chat-tool composer-send" aria-label={seconds > 0 ? `Send, in ${plural(seconds, "second")}` : "Send"} disabled={seconds > 0 || text.trim() === "" || text.length > TEXT_MAX} data-testid="send">
          {seconds > 0 ? <span aria-hidden="true">{seconds}</span> : <Icon name="send" />}
        </button>
      </div>
      <p className="composer-state hint" id={`${id}-state`}>
        {text.length > TEXT_MAX
          ? `${plural(text.length - TEXT_MAX, "character")} too many`
          : seconds > 0
            ? `Slow mode: you can write again in ${spanWords(waitMs)}.`
            : text.length >= COUNT_FROM
              ? `${plural(TEXT_MAX - text.length, "character")} left`
              : ""}
      </p>
      {picker !== null && <EmojiPicker at={picker} onPick={(sign) => put(insert(text, caret, sign))} onClose={() => setPicker(null)} />}
    </form>
  );
}

function choicesOf(token: Token, speakers: readonly Author[], moderates: boolean): readonly Choice[] {
  switch (token.kind) {
    case "mention":
      return matching(speakers, token.query, ({ name }) => name, CHOICES).map(({ id, name }) => ({ key: id, sign: "@", words: name, text: `@${name}` }));
    case "emoji":
      return findEmoji(token.query, CHOICES).map(({ sign, name }) => ({ key: sign, sign, words: `:${name}:`, text: sign }));
    case "command":
      return COMMANDS.filter(({ name, for: whom }) => name.startsWith(token.query) && (moderates || whom === "everyone"))
        .slice(0, CHOICES)
        .map(({ name, fields, words }) => ({ key: name, sign: "", words: `/${name} ${fields}`.trim() + ` · ${words}`, text: `/${name}` }));
  }
}

/** What was begun is there again after signing in, or after a reload; in this tab only. */
function useDraft(channel: string): [string, (text: string) => void] {
  const key = `harmonie.draft.${channel}`;
  const [text, setText] = useState(() => {
    try {
      return sessionStorage.getItem(key) ?? "";
    } catch {
      return "";
    }
  });
  const change = (next: string) => {
    setText(next);
    try {
      if (next === "") sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, next);
    } catch {
      // Kept while the page is there.
    }
  };
  return [text, change];
}
