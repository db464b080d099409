/**
 * The event connection against a small model of the server, with cuts at every place: whatever happens, what the client
 * has equals a fresh snapshot in the end, and every line it was told is said is said exactly once.
 */
import { describe, expect, it } from "vitest";
import type { ClientCommand, RoomEvent, ServerMessage } from "../protocol/events";
import type { EventsInput } from "./event-types";
import { EventsCore } from "./events";

type Say = { readonly type: "say"; readonly id: number; readonly key: string };
type Join = { readonly type: "join"; readonly id: number; readonly epoch?: string; readonly offset?: number };

/** A room whose state is the list of keys said, in order. It keeps few events, forgets them all at times. */
class Server {
  epoch = 1;
  said: string[] = [];
  history: RoomEvent[] = [];
  offset = 0;
  #firstKept = 1;

  publish(key: string): RoomEvent {
    this.said.push(key);
    this.offset += 1;
    const event = { offset: this.offset, data: { type: "said", key } } as RoomEvent;
    this.history.push(event);
    if (this.history.length > 12) {
      this.history.shift();
      this.#firstKept += 1;
    }
    return event;
  }

  forget(): void {
    this.epoch += 1;
    this.offset = 0;
    this.history = [];
    this.#firstKept = 1;
  }

  join({ id, epoch, offset }: Join): ServerMessage {
    const position = { id, room: "stage", epoch: String(this.epoch), offset: this.offset };
    if (epoch === String(this.epoch) && offset !== undefined && offset + 1 >= this.#firstKept) {
      return { type: "joined", ...position, recovered: true, events: this.history.filter((event) => event.offset > offset) };
    }
    return { type: "joined", ...position, recovered: false, snapshot: [...this.said] };
  }
}

function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Client and server with a wire between that may be cut, or lose what it must not lose. */
class World {
  readonly server = new Server();
  readonly core: EventsCore;
  known: string[] = [];
  answered = new Map<number, string>();
  nowMs = 0;
  #toServer: ClientCommand[] = [];
  #toClient: ServerMessage[] = [];
  #joined = false;

  constructor(private readonly upTo: (below: number) => number) {
    this.core = new EventsCore(() => upTo(1000) / 1000);
    this.feed({ kind: "enter", room: "stage" });
  }

  feed(input: EventsInput): void {
    for (const effect of this.core.handle(input, this.nowMs)) {
      switch (effect.kind) {
        case "connect":
          this.#toServer = [];
          this.#joined = false;
          this.#toClient = [{ type: "welcome", version: 1, connection: "c", user: null, ping_interval_ms: 25_000 }];
          break;
        case "disconnect":
          this.#toServer = [];
          this.#toClient = [];
          this.#joined = false;
          break;
        case "transmit":
          this.#toServer.push(effect.command);
          break;
        case "snapshot":
          this.known = [...(effect.snapshot as string[])];
          break;
        case "event":
          this.known.push((effect.data as unknown as { key: string }).key);
          break;
        case "answered":
          expect(this.answered.has(effect.ticket)).toBe(false);
          this.answered.set(effect.ticket, effect.outcome.kind);
          break;
        default:
          break;
      }
    }
  }

  say(ticket: number): void {
    this.feed({ kind: "command", ticket, command: { type: "say", room: "stage", key: `k${ticket}` }, again: true });
  }

  /** Somebody else says something; now and then the wire swallows the event, which the next one shows. */
  other(key: string, swallowed: boolean): void {
    const event = this.server.publish(key);
    if (this.#joined && !swallowed) this.#toClient.push({ type: "event", room: "stage", ...event });
  }

  serve(): void {
    const command = this.#toServer.shift();
    if (command === undefined) return;
    if (command.type === "join") {
      this.#joined = true;
      this.#toClient.push(this.server.join(command as unknown as Join));
    } else if (command.type === "say") {
      const { id, key } = command as unknown as Say;
      if (!this.server.said.includes(key)) this.other(key, false);
      this.#toClient.push({ type: "done", id });
    }
  }

  receive(count: number): void {
    const messages = this.#toClient.splice(0, count);
    if (messages.length > 0) this.feed({ kind: "messages", attempt: this.core.attempt, messages });
  }

  cut(): void {
    this.feed({ kind: "closed", attempt: this.core.attempt, code: this.upTo(2) === 0 ? 1006 : 4000 });
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let turn = 0; turn < 100; turn += 1) {
      const due = this.core.deadlineMs;
      if (due === null || due > untilMs) break;
      this.nowMs = Math.max(this.nowMs, due);
      this.feed({ kind: "timer" });
    }
    this.nowMs = untilMs;
  }

  reset(): void {
    this.server.forget();
    if (this.#joined) this.#toClient.push({ type: "reset", room: "stage", epoch: String(this.server.epoch), offset: 0, snapshot: [...this.server.said] });
  }

  settle(turns: number): void {
    for (let turn = 0; turn < turns; turn += 1) {
      this.pass(100);
      this.serve();
      this.receive(10);
    }
  }
}

describe("what the client knows", () => {
  it.each(Array.from({ length: 150 }, (_, seed) => seed))("equals a fresh snapshot, whatever happened (seed %i)", (seed) => {
    const upTo = numbers(seed + 7);
    const world = new World(upTo);
    let tickets = 0;
    for (let step = 0; step < 250; step += 1) {
      switch (upTo(13)) {
        case 12:
          world.feed({ kind: "online" });
          break;
        case 0:
          world.cut();
          break;
        case 1:
          world.pass(upTo(3000));
          break;
        case 2:
          if (upTo(4) === 0) world.reset();
          break;
        case 3:
          if (tickets < 60) world.say(++tickets);
          break;
        case 4:
        case 5:
          world.other(`o${step}`, upTo(6) === 0);
          break;
        case 6:
        case 7:
        case 8:
          world.serve();
          break;
        default:
          world.receive(1 + upTo(4));
      }
    }
    // A last event shows any gap that is left; five seconds are too few for anything else to find it.
    world.settle(300);
    world.other("last", true);
    world.other("very last", false);
    world.settle(50);
    expect(world.known).toEqual(world.server.said);
    expect(world.answered.size).toBe(tickets);
    for (const [ticket, kind] of world.answered) {
      const times = world.server.said.filter((key) => key === `k${ticket}`).length;
      expect(times).toBeLessThanOrEqual(1);
      if (kind === "done") expect(times).toBe(1);
    }
  });
});
