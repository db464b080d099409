/** Says to screen readers what is said in a room, as `core/announcer.ts` has it. */
import { Announcer } from "../core/announcer";
import type { Message } from "../protocol/chat";
import { Store } from "../store";

export class ChatVoice {
  /** What a live region reads out. */
  readonly store = new Store("");
  readonly #announcer = new Announcer();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whoever listens; their own lines are not read to them, nor those of the ignored. */
  listener: { readonly id: string | null; readonly ignored: readonly string[] } = { id: null, ignored: [] };

  hear({ author, text, mentions }: Message): void {
    const { id, ignored } = this.listener;
    if (author !== null && (author.id === id || ignored.includes(author.id))) return;
    this.#announcer.hear({ name: author?.name ?? "Somebody", text, mentions: id !== null && mentions.some((each) => each.id === id) });
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const due = this.#announcer.deadlineMs;
    if (due === null) return;
    this.#timer = setTimeout(
      () => {
        const words = this.#announcer.say(performance.now());
        if (words !== "") this.store.set(words);
        this.#arm();
      },
      Math.max(0, due - performance.now()) + 1,
    );
  }
}
