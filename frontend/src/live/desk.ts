/** The moderators' room of a channel as the page shows it. Adapter of `core/desk.ts`. */
import { applyDeskEvent, type DeskState, NO_DESK, withChatters } from "../core/desk";
import type { ConnectionView, RoomView } from "../core/event-types";
import { type Chatter, type DeskSnapshot, isDeskEvent } from "../protocol/moderation";
import type { EventData } from "../protocol/events";
import { Store } from "../store";
import type { Events } from "./events";

export interface DeskView {
  readonly desk: DeskState;
  readonly known: boolean;
  readonly connection: ConnectionView;
  readonly room: RoomView | null;
}

export class Desk {
  readonly store: Store<DeskView>;

  constructor(
    readonly channel: string,
    private readonly events: Events,
  ) {
    this.store = new Store<DeskView>({ desk: NO_DESK, known: false, connection: events.store.get(), room: null });
  }

  /** Enter the room. Returns the function that leaves it. */
  start(): () => void {
    return this.events.enter(`${this.channel}/moderators`, {
      snapshot: (snapshot) => this.store.update({ desk: { ...NO_DESK, ...(snapshot as DeskSnapshot) }, known: true }),
      event: (data) => {
        if (isDeskEvent(data)) this.store.update({ desk: applyDeskEvent(this.store.get().desk, data) });
      },
      signal: (data) => this.#onSignal(data),
      you: () => undefined,
      changed: (connection, room) => this.store.update({ connection, room }),
    });
  }

  #onSignal(data: EventData): void {
    if (data.type !== "chatters") return;
    const { chatters, count } = data as EventData & { chatters: readonly Chatter[]; count: number };
    this.store.update({ desk: withChatters(this.store.get().desk, chatters, count) });
  }
}
