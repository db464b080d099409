/** One line of the chat. Everything in it is text; nothing anyone wrote becomes markup. */
import { memo, type ReactNode } from "react";
import { isOnlyEmoji, partsOf } from "../../core/chat-text";
import { badgeWords } from "../../core/chat-words";
import { readable } from "../../core/colour";
import { emojiName } from "../../core/emoji";
import { has } from "../../core/reactions";
import type { Author, Message } from "../../protocol/chat";
import type { Point } from "../../hooks/floating";
import { Icon, type IconName } from "../icons";

/** What can be done with a line; the same functions at each drawing. */
export interface LineActions {
  readonly reply: (message: Message) => void;
  readonly react: (message: Message, emoji: string, on: boolean) => void;
  readonly pickReaction: (message: Message, at: Point) => void;
  /** Everything there is to do with a line, or with whoever wrote it. */
  readonly open: (message: Message, at: Point) => void;
  readonly goTo: (id: string) => void;
}

interface LineProps {
  readonly message: Message;
  /** Null where lines are only read. */
  readonly actions: LineActions | null;
  readonly mayReply: boolean;
  readonly mayReact: boolean;
  readonly mentioned: boolean;
  readonly own: boolean;
  /** What the person reacted with, as `core/reactions` writes it. */
  readonly mine: string;
  /** When it was said; the time of day without. */
  readonly time?: string;
}

export const Line = memo(function Line({ message, actions, mayReply, mayReact, mentioned, own, mine, time = timeWords(message.at_ms) }: LineProps) {
  const { author, kind, text, reply_to: reply, reactions } = message;
  const reacted = Object.entries(reactions).filter(([, count]) => count > 0);
  return (
    <article
      className="line"
      tabIndex={-1}
      data-line={message.id}
      data-testid="line"
      data-kind={kind}
      data-mentioned={mentioned || undefined}
      data-own={own || undefined}
      aria-label={`${author?.name ?? "Somebody"}, ${time}`}
      onContextMenu={(event) => {
        if (actions === null) return;
        // The browser's own menu stays for links and for what is selected.
        if ((event.target as Element).closest("a") !== null || !document.getSelection()?.isCollapsed) return;
        event.preventDefault();
        actions.open(message, { x: event.clientX, y: event.clientY });
      }}
    >
      {kind === "announcement" && <p className="line-kind">Announcement</p>}
      {reply !== null && (
        <ReplyTo onPress={actions === null ? null : () => actions.goTo(reply.id)}>
          <span className="visually-hidden">In answer to </span>
          <bdi>@{reply.name}</bdi> <bdi>{reply.excerpt}</bdi>
        </ReplyTo>
      )}
      <p className="line-words">
        <Name author={author} onOpen={actions === null ? null : (at) => actions.open(message, at)} />
        <span aria-hidden="true">{kind === "action" ? " " : ": "}</span>
        <Words message={message} large={kind === "line" && isOnlyEmoji(text)} />
      </p>
      {reacted.length > 0 && (
        <ul className="line-reactions" aria-label="Reactions">
          {reacted.map(([emoji, count]) => (
            <li key={emoji}>
              <button
                type="button"
                tabIndex={-1}
                disabled={!mayReact || actions === null}
                aria-pressed={has(mine, emoji)}
                aria-label={`${emojiName(emoji)}, ${count}`}
                data-testid="reaction"
                onClick={() => actions?.react(message, emoji, !has(mine, emoji))}
              >
                {emoji} {count}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="line-tools">
        <time dateTime={new Date(message.at_ms).toISOString()}>{time}</time>
        {mayReact && actions !== null && <Tool label="React" icon="smile" onPress={(at) => actions.pickReaction(message, at)} />}
        {mayReply && actions !== null && <Tool label="Reply" icon="reply" onPress={() => actions.reply(message)} />}
        {actions !== null && <Tool label="More" icon="more" onPress={(at) => actions.open(message, at)} />}
      </div>
    </article>
  );
});

function ReplyTo({ onPress, children }: { onPress: (() => void) | null; children: ReactNode }) {
  if (onPress === null) return <p className="line-reply">{children}</p>;
  return (
    <button type="button" tabIndex={-1} className="line-reply" onClick={onPress}>
      {children}
    </button>
  );
}

function Tool({ label, icon, onPress }: { label: string; icon: "smile" | "reply" | "more"; onPress: (at: Point) => void }) {
  return (
    <button type="button" tabIndex={-1} aria-label={label} title={label} onClick={(event) => onPress(below(event.currentTarget))}>
      <Icon name={icon} />
    </button>
  );
}

function Name({ author, onOpen }: { author: Author | null; onOpen: ((at: Point) => void) | null }) {
  if (author === null) return <em className="line-gone">somebody who left</em>;
  return (
    <>
      {author.badges.map((badge) => (
        <Badge key={badge} badge={badge} />
      ))}
      {onOpen === null ? (
        <bdi className="line-name" style={{ color: readable(author.colour) }}>
          {author.name}
        </bdi>
      ) : (
        <button
          type="button"
          tabIndex={-1}
          className="line-name"
          style={{ color: readable(author.colour) }}
          onClick={(event) => onOpen(below(event.currentTarget))}
        >
          <bdi>{author.name}</bdi>
        </button>
      )}
    </>
  );
}

const BADGE_SIGNS: Readonly<Record<string, string>> = { owner: "★", follower: "♥" };
const BADGE_ICONS: Readonly<Record<string, IconName>> = { moderator: "shield", admin: "gear", guest: "person" };

export function Badge({ badge }: { badge: string }) {
  const kind = badge.split(/[:_]/)[0] as string;
  const words = badgeWords(badge);
  const icon = BADGE_ICONS[kind];
  return (
    <span className="chat-badge" data-badge={kind} role="img" aria-label={words} title={words}>
      {icon !== undefined ? <Icon name={icon} /> : kind === "tipper" ? tipperSign(badge) : (BADGE_SIGNS[kind] ?? "•")}
    </span>
  );
}

function tipperSign(badge: string): string {
  return badge === "tipper_top" ? "♛" : `◆${badge.slice("tipper_".length)}`;
}

export function Words({ message, large = false }: { message: Pick<Message, "text" | "mentions">; large?: boolean }): ReactNode {
  return (
    <bdi className={large ? "line-text line-large" : "line-text"}>
      {partsOf(message.text, message.mentions).map((part, index) => {
        // Parts have no identity: a text is drawn as a whole.
        const key = index;
        switch (part.kind) {
          case "text":
            return <span key={key}>{part.text}</span>;
          case "mention":
            return (
              <strong key={key} className="line-mention">
                {part.text}
              </strong>
            );
          case "link":
            return (
              <a key={key} href={part.href} target="_blank" rel="noopener noreferrer ugc nofollow">
                {part.text}
              </a>
            );
        }
      })}
    </bdi>
  );
}

export function timeWords(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
}

function below(element: Element): Point {
  const box = element.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 4 };
}
