/**
 * The wire of `GET /ws` as docs/protocol.md describes it. Field names are the wire's own. No behaviour here.
 *
 * A client frame is one command; a server frame is always a list of messages.
 */

export const EVENTS_VERSION = 1;
export const JSON_SUBPROTOCOL = "harmonie.json";

/** What a room's events and snapshots hold is the room's own; `protocol/chat.ts` has those of chat. */
export interface EventData {
  readonly type: string;
}

export interface Welcome {
  readonly type: "welcome";
  readonly version: number;
  readonly connection: string;
  readonly user: WireUser | null;
  readonly ping_interval_ms: number;
  readonly limits?: { readonly message_bytes: number; readonly commands_per_s: number };
}

export interface WireUser {
  readonly id: string;
  readonly name: string;
}

export interface Authenticated {
  readonly type: "authenticated";
  readonly id: number;
  readonly user: WireUser | null;
  /** Until the token expires; null when it does not. */
  readonly expires_in_ms: number | null;
}

export interface Joined {
  readonly type: "joined";
  readonly id: number;
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
  readonly recovered: boolean;
  /** Absent when recovered. */
  readonly snapshot?: unknown;
  /** What was missed, when recovered. */
  readonly events?: readonly RoomEvent[];
  readonly you?: unknown;
}

export interface RoomEvent {
  readonly offset: number;
  readonly data: EventData;
}

export interface Done {
  readonly type: "done";
  readonly id: number;
  readonly result?: unknown;
}

export interface CommandError {
  readonly type: "error";
  /** Absent or null when the command's own id could not be read. */
  readonly id?: number | null;
  readonly code: string;
  /** For people. */
  readonly detail: string;
  readonly retry_after_ms?: number | null;
  /** With code `moved`: what the channel is named now. */
  readonly name?: string | null;
}

export type ServerMessage =
  | Welcome
  | Authenticated
  | Joined
  | Done
  | CommandError
  | ({ readonly type: "event"; readonly room: string } & RoomEvent)
  | { readonly type: "signal"; readonly room: string; readonly data: EventData }
  | { readonly type: "signed_out" }
  | { readonly type: "interrupted"; readonly room: string }
  | { readonly type: "resumed"; readonly room: string }
  | { readonly type: "reset"; readonly room: string; readonly epoch: string; readonly offset: number; readonly snapshot: unknown }
  | { readonly type: "you"; readonly room: string; readonly you: unknown }
  | { readonly type: "room_closed"; readonly room: string; readonly reason: string };

export type ClientCommand =
  /** Without a token: sign out. */
  | { readonly type: "authenticate"; readonly id: number; readonly token?: string }
  | { readonly type: "join"; readonly id: number; readonly room: string; readonly epoch?: string; readonly offset?: number }
  | { readonly type: "leave"; readonly id: number; readonly room: string }
  | ({ readonly id: number } & RoomCommand);

/** A command of a room, such as `say`, with its fields. */
export interface RoomCommand {
  readonly type: string;
  readonly room: string;
  readonly [field: string]: unknown;
}

/** Whether a closed socket may be opened again: codes from 4500 on say that it would be closed again at once. */
export function mayComeBack(closeCode: number): boolean {
  return closeCode < 4500 || closeCode > 4999;
}

/** The messages of a frame; an unreadable frame is none. Unknown types are kept, for the caller to ignore. */
export function readFrame(frame: unknown): readonly ServerMessage[] {
  if (typeof frame !== "string") return [];
  try {
    const messages: unknown = JSON.parse(frame);
    return Array.isArray(messages) ? messages.filter(isMessage) : [];
  } catch {
    return [];
  }
}

function isMessage(value: unknown): value is ServerMessage {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
