/** One room as the connection knows it: whether it is in it, and why not. Without I/O. */
import { EventPosition } from "./event-position";
import type { RoomState, RoomView } from "./event-types";

export class EventRoom {
  state: RoomState = "joining";
  /** Id of the join that is to be answered, or null. */
  asked: number | null = null;
  /** When it is to be joined again, or null. */
  againAtMs: number | null = null;
  readonly position = new EventPosition();
  #code = "";
  #detail = "";

  get inside(): boolean {
    return this.state === "joined" || this.state === "interrupted";
  }

  /** `up`: whether the connection is. */
  view(up: boolean): RoomView {
    const { recoveries, resets } = this.position;
    return { state: this.inside && !up ? "joining" : this.state, code: this.#code, detail: this.#detail, recoveries, resets };
  }

  /** In, after a join. */
  enter(): void {
    this.state = "joined";
    this.#code = "";
    this.#detail = "";
  }

  /** Out, or never in; what was known of it is void. */
  leave(state: "joining" | "refused" | "closed", code: string, detail: string): void {
    this.state = state;
    this.#code = code;
    this.#detail = detail;
    this.position.forget();
  }

  interrupt(interrupted: boolean): void {
    if (this.inside) this.state = interrupted ? "interrupted" : "joined";
  }

  /** The connection is gone: the position stays. */
  lost(): void {
    this.asked = null;
    this.againAtMs = null;
    if (this.state !== "closed" && this.state !== "refused") this.state = "joining";
  }
}
