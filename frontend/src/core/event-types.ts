/** What the event connection is told, what it asks for, and how it stands. Types only; `events.ts` has the machine. */
import type { ClientCommand, CommandError, EventData, RoomCommand, ServerMessage } from "../protocol/events";

export type ConnectionState = "idle" | "connecting" | "up" | "waiting" | "refused";

export interface ConnectionView {
  readonly state: ConnectionState;
  /** Attempts that came to nothing since it was last up. */
  readonly failures: number;
  /** While refused: the code that ended it, or UNSUPPORTED when the server speaks another version. */
  readonly code: number | null;
}

export type RoomState = "joining" | "joined" | "interrupted" | "refused" | "closed";

export interface RoomView {
  readonly state: RoomState;
  /** While refused or closed: why. */
  readonly code: string;
  readonly detail: string;
  /** How often the room was resumed exactly where it was left. */
  readonly recoveries: number;
  /** How often a fresh snapshot replaced what was known. */
  readonly resets: number;
}

export type Outcome =
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "error"; readonly error: CommandError }
  /** Nobody can say whether it was done, or it could not be sent in time. */
  | { readonly kind: "lost" };

export type EventsInput =
  | { readonly kind: "enter"; readonly room: string }
  | { readonly kind: "exit"; readonly room: string }
  | { readonly kind: "command"; readonly ticket: number; readonly command: RoomCommand; readonly again: boolean }
  /** Who is signed in on the page; null for nobody. */
  | { readonly kind: "identity"; readonly user: string | null }
  /** The answer to the effect `token` with this number. */
  | { readonly kind: "token"; readonly asked: number; readonly token: string | null }
  | { readonly kind: "messages"; readonly attempt: number; readonly messages: readonly ServerMessage[] }
  | { readonly kind: "closed"; readonly attempt: number; readonly code: number }
  /** The network came back, or the page woke up. */
  | { readonly kind: "online" }
  /** The person wants to try a refused connection again. */
  | { readonly kind: "retry" }
  | { readonly kind: "timer" };

export type EventsEffect =
  | { readonly kind: "connect"; readonly attempt: number }
  | { readonly kind: "disconnect"; readonly attempt: number }
  | { readonly kind: "transmit"; readonly attempt: number; readonly command: ClientCommand }
  /** Fetch the access token; `renew`: another one than last time. */
  | { readonly kind: "token"; readonly asked: number; readonly renew: boolean }
  | { readonly kind: "snapshot"; readonly room: string; readonly snapshot: unknown }
  | { readonly kind: "event"; readonly room: string; readonly data: EventData }
  | { readonly kind: "signal"; readonly room: string; readonly data: EventData }
  | { readonly kind: "you"; readonly room: string; readonly you: unknown }
  | { readonly kind: "moved"; readonly room: string; readonly name: string }
  | { readonly kind: "answered"; readonly ticket: number; readonly outcome: Outcome };
