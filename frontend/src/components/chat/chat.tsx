/** The chat of a channel, wherever it stands: beside the player, in a window of its own, in the moderators' view. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { COMMANDS, modesOf, plural, reacts } from "../../core/chat-words";
import { type ChatLine, isTipLine } from "../../core/tip-lines";
import { useSpeakers, useTicking } from "../../hooks/chat";
import { useChatLines } from "../../hooks/chat-lines";
import { useChatRoom } from "../../hooks/events";
import { useMediaQuery } from "../../hooks/page";
import { useReactions } from "../../hooks/reactions";
import { useTipDeeds } from "../../hooks/tips";
import type { ChatRoom, ChatView } from "../../live/chat-room";
import type { Message, Viewers } from "../../protocol/chat";
import type { Api } from "../../protocol/api";
import { useStore } from "../../store";
import { Icon } from "../icons";
import type { Point } from "../../hooks/floating";
import { Menu } from "../menu";
import { TipButton } from "../tips/tip-button";
import { TipLine } from "../tips/tip-line";
import { Composer, type ComposerHandle } from "./composer";
import { EmojiPicker } from "./emoji-picker";
import { Foot, Unsaid } from "./foot";
import { Line, type LineActions, Words } from "./line";
import { LineList, type LineListHandle } from "./line-list";
import { lineMenu, type LineDeeds } from "./line-menu";
import { OpenPoll } from "./open-poll";
import { PollCard } from "./poll-card";
import { type Decision, RestrictDialog } from "./restrict-dialogs";
import { RoomSettingsDialog } from "./room-settings";
import { StatusStrip } from "./status-strip";
import "../../styles/tips.css";

interface ChatProps {
  readonly name: string;
  readonly api: Api;
  readonly place: "beside" | "alone";
  /** Where signing in leads back to. */
  readonly path: string;
  /** Where tips go, as far as the page knows. */
  readonly wallet?: string | null;
  /** Folds the chat away; without, it cannot be. */
  readonly onFold?: () => void;
}

type Open =
  | { readonly kind: "line"; readonly message: Message; readonly at: Point }
  | { readonly kind: "reaction"; readonly message: Message; readonly at: Point }
  | { readonly kind: "room"; readonly at: Point }
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "settings" }
  | { readonly kind: "poll" };

export function Chat({ name, api, place, path, wallet = null, onFold }: ChatProps) {
  const { room, voice } = useChatRoom(name, api);
  const view = useStore(room.store);
  const spoken = useStore(voice.store);
  const { chat, you } = view;
  const me = you?.id ?? null;
  const [open, setOpen] = useState<Open | null>(null);
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  const [foldedPoll, setFoldedPoll] = useState("");
  const [hiddenPin, setHiddenPin] = useState("");
  const [held, setHeld] = useState(false);
  const { react, mineOf } = useReactions(room, you?.reacted);
  const list = useRef<LineListHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const finePointer = useMediaQuery("(hover: hover) and (pointer: fine)");

  const ignored = you?.ignored;
  const { messages, lines, needOlder } = useChatLines(api, name, chat, ignored);
  const speakers = useSpeakers(messages, me);
  useEffect(() => {
    voice.listener = { id: me, ignored: ignored ?? [] };
  }, [voice, me, ignored]);

  const actions = useMemo<LineActions>(
    () => ({
      reply: setReplyTo,
      react,
      pickReaction: (message, at) => setOpen({ kind: "reaction", message, at }),
      open: (message, at) => setOpen({ kind: "line", message, at }),
      goTo: (id) => {
        if (list.current?.show(id) !== true) room.tell("That message is further up, or is not there any more.");
      },
    }),
    [room, react],
  );
  const deeds: LineDeeds = {
    reply: setReplyTo,
    react: (message) => setOpen({ kind: "reaction", message, at: open !== null && "at" in open ? open.at : { x: 0, y: 0 } }),
    mention: (whom) => composer.current?.mention(whom),
    ignore: (author, on) => void room.act("ignore", { user: author.id, on }),
    tell: (words) => room.tell(words),
    act: (type, fields, again) => void room.act(type, fields, again),
    decide: (decision) => setOpen({ kind: "decision", decision }),
  };
  const close = useCallback(() => setOpen(null), []);
  const say = (text: string): boolean => {
    if (isHelp(text, room)) return true;
    const answers = replyTo === null || replyTo.author === null ? null : { id: replyTo.id, name: replyTo.author.name, excerpt: replyTo.text };
    const said = room.say(text, answers);
    if (said) room.follow(true);
    return said;
  };
  const mayReply = you?.may.say === true;
  const mayReact = you !== null && reacts(you);
  const moderates = you?.may.moderate === true;
  const tipDeeds = useTipDeeds(api, name, moderates, room.tell);
  const drawMessage = (message: Message) => (
    <Line
      key={message.id}
      message={message}
      actions={actions}
      mayReply={mayReply}
      mayReact={mayReact}
      own={me !== null && message.author?.id === me}
      mentioned={me !== null && (message.mentions.some(({ id }) => id === me) || message.reply_to?.author === me)}
      mine={mineOf(message.id)}
    />
  );
  const drawLine = (line: ChatLine) =>
    isTipLine(line) ? <TipLine key={line.id} line={line} deeds={tipDeeds} /> : drawMessage(line);
  const slowUntil = you?.say_again_at_ms ?? null;
  const until = [slowUntil, you?.refusal?.until_ms ?? null, chat.poll !== null && !chat.poll.closed ? chat.poll.ends_at_ms : null];
  const nowMs = useTicking(room.nowMs, until.reduce<number | null>((latest, at) => (at === null ? latest : Math.max(latest ?? at, at)), null));
  const modes = modesOf(chat.settings);
  return (
    <section className={`chat chat-${place}`} aria-label={`Chat of ${name}`} data-testid="chat" data-state={view.room?.state ?? "joining"}>
      <header className="chat-head">
        <h2>Chat</h2>
        <ViewerCount viewers={chat.viewers} known={view.known} />
        <div className="chat-tools">
          <TipButton api={api} name={name} title={name} broadcast={null} wallet={wallet} small />
          {(moderates || you?.may.settings === true || place === "beside") && (
            <button
              type="button"
              className="chat-tool"
              aria-label="Chat options"
              aria-haspopup="menu"
              data-testid="chat-options"
              onClick={(event) => {
                const box = event.currentTarget.getBoundingClientRect();
                setOpen({ kind: "room", at: { x: box.right - 240, y: box.bottom + 4 } });
              }}
            >
              <Icon name="gear" />
            </button>
          )}
          {onFold !== undefined && (
            <button type="button" className="chat-tool" aria-label="Hide the chat" data-testid="chat-fold" onClick={onFold}>
              <Icon name="close" />
            </button>
          )}
        </div>
      </header>
      <StatusStrip view={view} />
      {modes.length > 0 && (
        <p className="chat-modes" data-testid="chat-modes">
          {modes.join(" · ")}
        </p>
      )}
      {chat.pinned !== null && chat.pinned.id !== hiddenPin && (
        <section className="pinned" aria-label="Pinned message" data-testid="pinned">
          <Icon name="pin" />
          <p>
            <strong>{chat.pinned.author?.name ?? "Somebody"}</strong> <Words message={chat.pinned} />
          </p>
          <button type="button" className="chat-tool" aria-label="Hide the pinned message" onClick={() => setHiddenPin(chat.pinned?.id ?? "")}>
            <Icon name="close" />
          </button>
        </section>
      )}
      {chat.poll !== null && (
        <PollCard
          poll={chat.poll}
          voted={you?.voted ?? null}
          mayVote={mayReact}
          moderates={moderates}
          nowMs={nowMs}
          onVote={(option) => void room.act("vote", { poll: chat.poll?.id, option })}
          onClose={() => void room.act("close_poll", {})}
          folded={chat.poll.id === foldedPoll}
          onFold={(folded) => setFoldedPoll(folded ? (chat.poll?.id ?? "") : "")}
        />
      )}
      <div className="lines-frame">
        <LineList
          label={`Messages in the chat of ${name}`}
          lines={lines}
          following={chat.following}
          onFollow={(following, isHeld) => {
            setHeld(isHeld);
            room.follow(following);
          }}
          onNeedOlder={() => {
            void room.loadOlder();
            needOlder();
          }}
          onKey={(message, event, row) => {
            if (event.target !== row || isTipLine(message)) return;
            const box = row.getBoundingClientRect();
            const at = { x: box.left + 16, y: box.bottom };
            const keys: Readonly<Record<string, () => void>> = {
              Enter: () => actions.open(message, at),
              " ": () => actions.open(message, at),
              ContextMenu: () => actions.open(message, at),
              Escape: () => composer.current?.focus(),
              ...(mayReply && { r: () => setReplyTo(message) }),
              ...(mayReact && { e: () => actions.pickReaction(message, at) }),
            };
            const act = keys[event.key];
            if (act === undefined) return;
            event.preventDefault();
            act();
          }}
          handle={list}
          holds={moderates && finePointer}
          top={<Beginning view={view} empty={lines.length === 0} onAgain={() => void room.loadOlder(true)} />}
        >
          {drawLine}
        </LineList>
        {!chat.following && (!held || chat.unseen > 0) && (
          <button type="button" className="lines-more" data-testid="more-lines" onClick={() => room.follow(true)}>
            {chat.unseen > 0 ? plural(chat.unseen, "new message") : "To the newest"} <span aria-hidden="true">↓</span>
          </button>
        )}
      </div>
      <p className="visually-hidden" aria-live="polite">
        {spoken}
      </p>
      <Unsaid room={room} view={view} />
      <p className="chat-told" role="status" data-testid="chat-told">
        {view.told}
      </p>
      <Foot view={view} room={room} path={path} nowMs={nowMs}>
        <Composer
          channel={name}
          speakers={speakers}
          moderates={moderates}
          replyTo={replyTo}
          onReplyTo={setReplyTo}
          onSay={say}
          waitMs={slowUntil === null ? 0 : Math.max(0, slowUntil - nowMs)}
          handle={composer}
          onUp={() => list.current?.focusLast()}
        />
      </Foot>
      {open?.kind === "line" && you !== null && (
        <Menu
          title={open.message.author?.name ?? "Message"}
          at={open.at}
          groups={lineMenu({ message: open.message, you, me, pinned: chat.pinned?.id === open.message.id }, deeds)}
          onClose={close}
        />
      )}
      {open?.kind === "reaction" && <EmojiPicker at={open.at} quick onPick={(emoji) => react(open.message, emoji, true)} onClose={close} />}
      {open?.kind === "room" && (
        <Menu
          title="Chat"
          at={open.at}
          groups={[
            place === "beside" ? [{ label: "Open in a window", onSelect: () => popOut(name) }] : [],
            [
              ...(you?.may.settings === true ? [{ label: "Settings…", onSelect: () => setOpen({ kind: "settings" }) }] : []),
              ...(moderates
                ? [
                    { label: "Ask the room…", onSelect: () => setOpen({ kind: "poll" }) },
                    { label: "Moderators' view", onSelect: () => window.open(`/${name}/moderate`, "_blank", "noopener") },
                    { label: "Clear the chat", danger: true, onSelect: () => void room.act("clear", { user: null }, false) },
                  ]
                : []),
            ],
          ]}
          onClose={close}
        />
      )}
      {open?.kind === "settings" && <RoomSettingsDialog room={room} settings={chat.settings} governs={you?.role === "owner" || you?.role === "admin"} onClose={close} />}
      {open?.kind === "poll" && <OpenPoll room={room} onClose={close} />}
      {open?.kind === "decision" && <RestrictDialog room={room} decision={open.decision} onDone={(words) => room.tell(words)} onClose={close} />}
    </section>
  );
}

function ViewerCount({ viewers, known }: { viewers: Viewers; known: boolean }) {
  if (!known) return null;
  const count = `${viewers.exact ? "" : "about "}${viewers.count.toLocaleString("en")}`;
  return (
    <p className="chat-viewers" data-testid="chat-viewers" title={`${count} in the chat`}>
      <Icon name="person" />
      {count}
      <span className="visually-hidden"> in the chat</span>
    </p>
  );
}

function Beginning({ view, empty, onAgain }: { view: ChatView; empty: boolean; onAgain: () => void }) {
  const { chat, history, known, connection, room } = view;
  if (!known && (connection.state === "refused" || room?.state === "refused")) return null;
  if (!known) return <p className="lines-top">One moment…</p>;
  if (history === "failed") {
    return (
      <p className="lines-top">
        Older messages could not be loaded.{" "}
        <button type="button" className="link-button" onClick={onAgain}>
          Try again
        </button>
      </p>
    );
  }
  if (empty) return <p className="lines-top">Nobody has said anything yet.</p>;
  return <p className="lines-top">{chat.complete ? "This is where it begins." : history === "loading" ? "Loading older messages…" : ""}</p>;
}

/** The list of commands is this page's own; the others are the server's. False when the text is to be said. */
function isHelp(text: string, room: ChatRoom): boolean {
  if (!/^\/(help|commands)$/i.test(text.trim())) return false;
  const mine = COMMANDS.filter((each) => each.for === "everyone" || room.store.get().you?.may.moderate === true);
  room.tell(mine.map(({ name, fields, words }) => `${`/${name} ${fields}`.trim()}: ${words}`).join("\n"));
  return true;
}

function popOut(name: string): void {
  window.open(`/${name}/chat`, `harmonie-chat-${name}`, "popup,width=420,height=720");
}
