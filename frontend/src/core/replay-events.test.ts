import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/chat";
import type { Density, EventsPage, TimedEvent } from "../protocol/replays";
import type { Tip } from "../protocol/tips";
import { type EventsFetch, LINES_SHOWN, ReplayEvents } from "./replay-events";
import { ALONE_MS, CROWDED_MS } from "./tip-show";

function message(id: string): Message {
  return { id, author: null, kind: "line", text: id, at_ms: 0, broadcast: 1, clock_ms: 0, reply_to: null, mentions: [], reactions: {} };
}

function said(id: number, clock_ms: number): TimedEvent {
  return { clock_ms, event: { type: "said", message: message(String(id)) } };
}

function tipped(id: number, clock_ms: number): TimedEvent {
  const tip = { id: String(id), state: "confirmed", message_state: "shown", message: "" } as Tip;
  return { clock_ms, event: { type: "tip_seen", tip } };
}

/** A server with these events, which gives `limit` of them at once. */
class Server {
  asked = 0;

  constructor(
    readonly events: readonly TimedEvent[],
    readonly limit: number,
    readonly beginMs = 0,
  ) {}

  follow(binMs: number | null = 36_000): ReplayEvents {
    return new ReplayEvents(this.beginMs, binMs === null ? null : this.density(binMs));
  }

  answer({ fromMs, after }: EventsFetch): EventsPage {
    this.asked += 1;
    const from = after === null ? this.events.findIndex(({ clock_ms }) => clock_ms >= fromMs) : Number(after);
    if (from < 0) return { items: [], next: null };
    const to = from + this.limit;
    return { items: this.events.slice(from, to), next: to < this.events.length ? String(to) : null };
  }

  density(binMs: number): Density {
    const binOf = (each: TimedEvent) => Math.floor((each.clock_ms - this.beginMs) / binMs);
    const bins = this.events.length === 0 ? 1 : binOf(this.events.at(-1) as TimedEvent) + 1;
    const count = (type: string) =>
      Array.from({ length: bins }, (_, bin) => this.events.filter((each) => each.event.type === type && binOf(each) === bin).length);
    return { bin_ms: binMs, chat: count("said"), tips: count("tip_seen") };
  }

  /** Everything that is wanted at a moment is fetched; `check` looks after each page. */
  serve(events: ReplayEvents, clockMs: number, depth?: number, check: (page: EventsPage) => void = () => undefined): void {
    for (let fetch = events.wanted(clockMs, 0, depth); fetch !== null; fetch = events.wanted(clockMs, 0, depth)) {
      const page = this.answer(fetch);
      events.took(fetch, page, clockMs, depth);
      check(page);
    }
  }

  clockOf(id: string): number {
    return (this.events[Number(id.replace("tip:", ""))] as TimedEvent).clock_ms;
  }

  /** What is to be seen, from all there is. */
  seen(clockMs: number, depth: number): readonly string[] {
    return this.events
      .filter((each) => each.clock_ms <= clockMs)
      .slice(-depth)
      .map(({ event }) => (event.type === "said" ? event.message.id : `tip:${event.tip.id}`));
  }
}

function lastOf<T>(all: readonly T[], count: number): readonly T[] {
  return all.slice(all.length - count);
}

function numbers(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

function ids(events: ReplayEvents, clockMs: number, depth?: number): readonly string[] {
  return events.linesAt(clockMs, depth).map(({ id }) => id);
}

describe("what is seen at a moment", () => {
  // Crowds and silence, several events at one moment, small and large pages, with density and without.
  it.each(Array.from({ length: 60 }, (_, seed) => seed))("is the same by playing and by seeking to it (seed %i)", (seed) => {
    const random = numbers(seed);
    const lengthMs = 60_000 + random(7_200_000);
    const pile = Array.from({ length: random(700) }, () => (random(3) === 0 ? Math.floor(lengthMs / 2) + random(9_000) : random(lengthMs)));
    const beginMs = random(2) * 30_000;
    const all = pile.sort((a, b) => a - b).map((each, id) => [Math.floor(each / 2_000) * 2_000 + beginMs, id] as const).map(([clockMs, id]) => (random(8) === 0 ? tipped(id, clockMs) : said(id, clockMs)));
    const server = new Server(all, 3 + random(120), beginMs);
    const depth = 1 + random(60);
    const binMs = random(4) === 0 ? null : 1 + random(lengthMs);
    const events = server.follow(binMs);
    let clockMs = beginMs;
    for (let step = 0; step < 30; step += 1) {
      // Mostly it is played; at times somebody goes elsewhere.
      clockMs = random(4) === 0 ? beginMs + random(lengthMs) : Math.min(beginMs + lengthMs, clockMs + random(20_000));
      server.serve(events, clockMs, depth, ({ items }) => {
        // Whatever it is certain of meanwhile is so, above all where a page ends.
        const last = all.indexOf(items.at(-1) as TimedEvent);
        const around = all.slice(Math.max(0, last - 2), last + 4).flatMap((each) => [each.clock_ms, each.clock_ms - 1]);
        for (const probe of binMs === null ? [] : [beginMs + random(lengthMs), ...around]) {
          if (events.knows(probe, depth)) expect(ids(events, probe, depth)).toEqual(server.seen(probe, depth));
        }
      });
      expect(events.knows(clockMs, depth)).toBe(true);
      const fresh = server.follow(binMs);
      server.serve(fresh, clockMs, depth);
      // Not knowing how much was said, only the last ten minutes are certain.
      const certain = server.seen(clockMs, depth).filter((id) => binMs !== null || server.clockOf(id) >= clockMs - 600_000);
      for (const each of [events, fresh]) expect(lastOf(ids(each, clockMs, depth), certain.length)).toEqual(certain);
      expect(events.tipAt(clockMs)).toEqual(fresh.tipAt(clockMs));
    }
  });

  it("loses the lines that come later when somebody goes back", () => {
    const server = new Server([said(1, 1_000), said(2, 2_000), tipped(3, 2_000), said(4, 3_000)], 10);
    const events = server.follow(1_000);
    server.serve(events, 3_000);
    expect(ids(events, 3_000)).toEqual(["1", "2", "tip:3", "4"]);
    expect(ids(events, 2_000)).toEqual(["1", "2", "tip:3"]);
    expect(ids(events, 999)).toEqual([]);
    expect(events.complete(999)).toBe(true);
  });

  it("is the same object until something changes, so that nothing is drawn for nothing", () => {
    const server = new Server([said(1, 1_000), said(2, 5_000)], 10);
    const events = server.follow(null);
    server.serve(events, 0);
    const before = events.linesAt(2_000);
    expect(events.linesAt(4_000)).toBe(before);
    expect(events.linesAt(5_000)).not.toBe(before);
  });
});

describe("fetching", () => {
  const hours = Array.from({ length: 3_600 }, (_, index) => said(index, index * 2_000));

  it("asks a minute ahead, and for nothing twice", () => {
    const server = new Server(hours, 100);
    const events = server.follow(36_000);
    for (let clockMs = 0; clockMs < 7_000_000; clockMs += 1_000) {
      const fetch = events.wanted(clockMs, 0);
      if (fetch !== null) events.took(fetch, server.answer(fetch), clockMs);
      if (clockMs > 1_000) expect(events.knows(clockMs)).toBe(true);
    }
    expect(server.asked).toBe(36);
  });

  it("takes little for a jump to anywhere", () => {
    const server = new Server(hours, 500);
    const events = server.follow(36_000);
    server.serve(events, 0);
    const before = server.asked;
    server.serve(events, 6_000_000);
    expect(ids(events, 6_000_000)).toHaveLength(LINES_SHOWN);
    expect(server.asked - before).toBe(1);
  });

  it("forgets what lies far behind, and fetches it again for who goes back", () => {
    const server = new Server(
      Array.from({ length: 20_000 }, (_, index) => said(index, index * 300)),
      500,
    );
    const events = server.follow(30_000);
    for (let clockMs = 0; clockMs < 6_000_000; clockMs += 30_000) server.serve(events, clockMs);
    expect(events.knows(60_000)).toBe(false);
    server.serve(events, 60_000);
    expect(ids(events, 60_000)).toEqual(server.seen(60_000, LINES_SHOWN));
  });

  it("fetches more for who scrolls up", () => {
    const server = new Server(hours, 100);
    const events = server.follow(36_000);
    server.serve(events, 3_000_000);
    expect(events.knows(3_000_000, 600)).toBe(false);
    server.serve(events, 3_000_000, 600);
    expect(ids(events, 3_000_000, 600)).toEqual(server.seen(3_000_000, 600));
    expect(events.complete(3_000_000, 600)).toBe(false);
  });

  it("waits a little after a failure, and takes no answer to a question of the past", () => {
    const server = new Server(hours, 100);
    const events = new ReplayEvents(0, null);
    const fetch = events.wanted(0, 1_000)!;
    expect(events.wanted(0, 1_000)).toBeNull();
    events.failed(fetch, 1_000);
    expect(events.wanted(0, 2_000)).toBeNull();
    const again = events.wanted(0, 6_000)!;
    events.took(fetch, server.answer(fetch), 0);
    expect(events.knows(0)).toBe(false);
    events.took(again, server.answer(again), 0);
    expect(events.knows(0)).toBe(true);
  });

  it("passes over what it does not know", () => {
    const events = new ReplayEvents(0, null);
    const fetch = events.wanted(0, 0)!;
    const strange = { clock_ms: 1, event: { type: "firework" } } as unknown as TimedEvent;
    events.took(fetch, { items: [strange, said(1, 2)], next: null }, 0);
    expect(ids(events, 10)).toEqual(["1"]);
  });
});

describe("the tip over the picture", () => {
  it("is there for as long as it was when it came", () => {
    const server = new Server([tipped(1, 10_000), tipped(2, 11_000), tipped(3, 11_000)], 10);
    const events = server.follow(null);
    server.serve(events, 0);
    const at = (clockMs: number) => events.tipAt(clockMs)?.id ?? null;
    expect(at(9_999)).toBeNull();
    expect(at(10_000)).toBe("1");
    expect(at(10_000 + ALONE_MS - 1)).toBe("1");
    expect(at(10_000 + ALONE_MS)).toBe("2");
    expect(at(10_000 + ALONE_MS + CROWDED_MS)).toBe("3");
    expect(at(10_000 + 2 * ALONE_MS + CROWDED_MS)).toBeNull();
    expect(at(10_500)).toBe("1");
  });
});
