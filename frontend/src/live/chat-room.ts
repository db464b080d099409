/**
 * One channel's chat: its state as the page shows it, and what the person does in it. Adapter of `core/chat-room.ts`.
 *
 * Under load events are gathered for a moment before the page is drawn; when it is quiet they are shown at once.
 */
import { applyEvent, type ChatState, follow, fromSnapshot, NO_ROOM, withOlder } from "../core/chat-room";
import { tidied } from "../core/chat-text";
import { outcomeWords, sentence } from "../core/chat-words";
import { withEmoji } from "../core/emoji";
import type { ConnectionView, Outcome, RoomView } from "../core/event-types";
import { namesOf } from "../core/guest";
import { failed, type Outbox, sending, settled, SLOW_MS } from "../core/outbox";
import { type ChatApi, type ChatSnapshot, type GuestPass, isChatEvent, type Message, type Reply, type Viewers, type You } from "../protocol/chat";
import type { EventData } from "../protocol/events";
import { Store } from "../store";
import type { Events } from "./events";
import { GuestBook } from "./guest-book";

export interface ChatView {
  readonly chat: ChatState;
  readonly you: You | null;
  readonly connection: ConnectionView;
  readonly room: RoomView | null;
  /** A snapshot was taken. */
  readonly known: boolean;
  readonly outbox: Outbox;
  readonly history: "idle" | "loading" | "failed";
  /** What a slash command answered; for the person alone. */
  readonly told: string;
}

export interface RoomWatcher {
  /** A line was said just now. */
  said?(message: Message): void;
  /** The channel has another name now. */
  moved?(name: string): void;
}

/** Under load the page is drawn no more often than this. */
const DRAW_EVERY_MS = 50;
const PAGE = 50;
const TOLD_MS = 10_000;
const LIST_MS = 120_000;

export class ChatRoom {
  readonly store: Store<ChatView>;
  #chat: ChatState = NO_ROOM;
  #drawnAtMs = 0;
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #forgetting: ReturnType<typeof setTimeout> | undefined;
  /** Who the person is without an account; a new connection has to be told of it again. */
  readonly #guests: GuestBook;
  #comingBack = false;
  /** The server's clock minus this one, as of the last line said. */
  #aheadMs = 0;

  constructor(
    readonly name: string,
    private readonly events: Events,
    private readonly api: ChatApi,
    private readonly watcher: RoomWatcher,
  ) {
    this.#guests = new GuestBook(name);
    this.store = new Store<ChatView>({
      chat: NO_ROOM,
      you: null,
      connection: events.store.get(),
      room: null,
      known: false,
      outbox: [],
      history: "idle",
      told: "",
    });
  }

  /** Enter the room. Returns the function that leaves it. */
  start(): () => void {
    const leave = this.events.enter(this.name, {
      snapshot: (snapshot) => this.#onSnapshot(snapshot as { chat?: ChatSnapshot }),
      event: (data) => this.#onEvent(data),
      signal: (data) => this.#onSignal(data),
      you: (you) => this.#onYou(you as You),
      changed: (connection, room) => this.store.update({ connection, room }),
      moved: (name) => this.watcher.moved?.(name),
    });
    return () => {
      clearTimeout(this.#drawing);
      this.#drawing = undefined;
      leave();
    };
  }

  /** The server's clock in unix milliseconds, as well as it is known. */
  nowMs = (): number => Date.now() + this.#aheadMs;

  /** Whether there was anything to say. */
  say(text: string, replyTo: Reply | null): boolean {
    const line = withEmoji(tidied(text));
    if (line === "") return false;
    void this.#send(newKey(), line, replyTo);
    return true;
  }

  /** A line that failed, under the same key: should it have been said after all, it is not said twice. */
  sayAgain(key: string): void {
    const line = this.store.get().outbox.find((each) => each.key === key);
    if (line !== undefined) void this.#send(key, line.text, line.replyTo);
  }

  discard(key: string): void {
    this.store.update({ outbox: settled(this.store.get().outbox, key) });
  }

  /** Words only the person sees, for a while or until the next. */
  tell = (words: string): void => {
    clearTimeout(this.#forgetting);
    this.store.update({ told: words });
    // A list takes longer to read.
    if (words !== "") this.#forgetting = setTimeout(() => this.store.update({ told: "" }), words.includes("\n") ? LIST_MS : TOLD_MS);
  };

  /** A command of the room. Doing it twice must be doing it once, unless `again` is false. */
  command(type: string, fields: Readonly<Record<string, unknown>>, again = true): Promise<Outcome> {
    return this.events.command({ ...fields, type, room: this.name }, again);
  }

  /** Like `command`, with words when it was not done, told to the person. */
  async act(type: string, fields: Readonly<Record<string, unknown>>, again = true): Promise<boolean> {
    const outcome = await this.command(type, fields, again);
    if (outcome.kind !== "done") this.tell(outcomeWords(outcome));
    return outcome.kind === "done";
  }

  /** Write under this name, without an account. */
  async enterAsGuest(name: string): Promise<Outcome> {
    const token = this.#guests.read()?.token ?? "";
    const outcome = await this.command("guest", { name, ...(token !== "" && { token }) });
    if (outcome.kind !== "done") return outcome;
    const given = outcome.result as GuestPass;
    this.#guests.write({ name: given.name, token: given.token, expiresAtMs: given.expires_at_ms });
    return outcome;
  }

  follow(following: boolean): void {
    const next = follow(this.#chat, following);
    if (next === this.#chat) return;
    this.#chat = next;
    this.#draw();
  }

  /** After a failure only when the person asks for it (`again`). */
  async loadOlder(again = false): Promise<void> {
    const first = this.#chat.lines[0]?.id;
    const { history } = this.store.get();
    if (first === undefined || this.#chat.complete || history === "loading" || (history === "failed" && !again)) return;
    this.store.update({ history: "loading" });
    try {
      const { messages, more } = await this.api.older(this.name, first, PAGE);
      // A fresh snapshot came meanwhile: these lines belong to what it replaced.
      if (this.#chat.lines[0]?.id === first) this.#chat = withOlder(this.#chat, messages, !more);
      this.#draw();
      this.store.update({ history: "idle" });
    } catch {
      this.store.update({ history: "failed" });
    }
  }

  reconnect(): void {
    this.events.retry();
  }

  async #send(key: string, text: string, replyTo: Reply | null): Promise<void> {
    this.store.update({ outbox: sending(this.store.get().outbox, { key, text, replyTo }, performance.now()) });
    this.tell("");
    // The page shows a line that takes long; it has to be drawn again for that.
    setTimeout(() => this.store.update({ outbox: [...this.store.get().outbox] }), SLOW_MS + 1);
    const outcome = await this.command("say", { text, key, ...(replyTo === null ? {} : { reply_to: replyTo.id }) });
    const { outbox } = this.store.get();
    if (outcome.kind !== "done") {
      this.store.update({ outbox: failed(outbox, key, outcomeWords(outcome)) });
      return;
    }
    const result = (outcome.result ?? {}) as { message?: Message; held?: boolean; said?: string };
    if (result.message !== undefined) this.#take({ type: "said", message: result.message });
    this.#draw();
    const told = result.held === true ? "A moderator will look at your message before the others see it." : sentence(result.said ?? "");
    this.store.update({ outbox: settled(outbox, key) });
    this.tell(told);
  }

  #onSnapshot(snapshot: { chat?: ChatSnapshot }): void {
    if (snapshot.chat === undefined) return;
    this.#chat = fromSnapshot(this.#chat, snapshot.chat);
    this.#draw();
    this.store.update({ known: true, history: "idle" });
  }

  #onYou(you: You): void {
    this.store.update({ you });
    if (you.role === "anonymous") void this.#guestAgain();
    else if (you.role !== "guest") this.#guests.write(null);
  }

  /** Be the guest from before, where guests may write. */
  async #guestAgain(): Promise<void> {
    const guest = this.#guests.read();
    if (guest === null || !this.#chat.settings.guests || this.#comingBack) return;
    this.#comingBack = true;
    await this.#comeBackAs(guest.name);
    this.#comingBack = false;
  }

  async #comeBackAs(name: string): Promise<void> {
    for (const tried of namesOf(name)) {
      const outcome = await this.enterAsGuest(tried);
      if (outcome.kind === "done" && tried !== name) this.tell(`You write as ${tried} now.`);
      if (outcome.kind !== "error" || outcome.error.code !== "not_allowed") return;
    }
  }

  #onEvent(data: EventData): void {
    if (!isChatEvent(data)) return;
    if (data.type === "said") {
      this.#aheadMs = data.message.at_ms - Date.now();
      this.watcher.said?.(data.message);
    }
    this.#take(data);
    this.#drawSoon();
  }

  #take(event: Parameters<typeof applyEvent>[1]): void {
    this.#chat = applyEvent(this.#chat, event);
  }

  #onSignal(data: EventData): void {
    if (data.type !== "viewers") return;
    const { count, exact } = data as EventData & Viewers;
    this.#chat = { ...this.#chat, viewers: { count, exact } };
    this.#drawSoon();
  }

  #drawSoon(): void {
    if (this.#drawing !== undefined) return;
    this.#drawing = setTimeout(() => this.#draw(), Math.max(0, this.#drawnAtMs + DRAW_EVERY_MS - performance.now()));
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#drawnAtMs = performance.now();
    this.store.update({ chat: this.#chat });
  }
}

/** Made up for one line. `randomUUID` is not there on pages without HTTPS, such as those of a server in the house. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
