/**
 * One room as the connection knows it: its state, and the position up to which everything was passed on. Without I/O.
 *
 * The position is the (epoch, offset) of the last event. It means nothing until a snapshot was taken.
 */
import type { RoomEvent } from "../protocol/events";
import type { RoomState, RoomView } from "./event-types";

export class EventRoom {
  state: RoomState = "joining";
  /** Id of the join that is to be answered, or null. */
  asked: number | null = null;
  /** When it is to be joined again, or null. */
  againAtMs: number | null = null;
  code = "";
  detail = "";
  #epoch = "";
  #offset = 0;
  #known = false;
  #recoveries = 0;
  #resets = 0;

  get known(): boolean {
    return this.#known;
  }

  get inside(): boolean {
    return this.state === "joined" || this.state === "interrupted";
  }

  /** `up`: whether the connection is. */
  view(up: boolean): RoomView {
    const { code, detail } = this;
    return { state: this.inside && !up ? "joining" : this.state, code, detail, recoveries: this.#recoveries, resets: this.#resets };
  }

  /** What a join says of where it was left. */
  position(): { epoch?: string; offset?: number } {
    return this.#known ? { epoch: this.#epoch, offset: this.#offset } : {};
  }

  /** What is known is void: the next join asks for a snapshot. */
  forget(): void {
    this.#known = false;
  }

  /** A fresh snapshot was taken. */
  begin(epoch: string, offset: number): void {
    if (this.#known) this.#resets += 1;
    this.#known = true;
    this.#epoch = epoch;
    this.#offset = offset;
  }

  /** What becomes of an event: it is the next one and counts as passed on, it was passed on before, or others are missing. */
  meet({ offset }: RoomEvent): "next" | "double" | "gap" {
    if (offset <= this.#offset) return "double";
    if (!this.#known || offset > this.#offset + 1) return "gap";
    this.#offset = offset;
    return "next";
  }

  /** Those of the events that were missed, in order; null when they do not lead to `offset` without a gap. */
  recover(epoch: string, offset: number, events: readonly RoomEvent[]): readonly RoomEvent[] | null {
    if (!this.#known || epoch !== this.#epoch) return null;
    const missed: RoomEvent[] = [];
    let last = this.#offset;
    for (const event of events) {
      if (event.offset <= last) continue;
      if (event.offset > last + 1) return null;
      last = event.offset;
      missed.push(event);
    }
    if (last < offset) return null;
    this.#offset = last;
    this.#recoveries += 1;
    return missed;
  }

  /** In, after a join or a reset. */
  enter(): void {
    this.state = "joined";
    this.code = "";
    this.detail = "";
  }

  leave(state: "joining" | "refused" | "closed", code: string, detail: string): void {
    this.state = state;
    this.code = code;
    this.detail = detail;
    this.forget();
  }

  /** The connection is gone: the position stays. */
  lost(): void {
    this.asked = null;
    this.againAtMs = null;
    if (this.state !== "closed" && this.state !== "refused") this.state = "joining";
  }
}
