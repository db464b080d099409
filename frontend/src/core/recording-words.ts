/** Recordings as their owner reads them: how they stand, what went wrong, how large they are. */
import type { Recording, RecordingPart, RecordingPolicy } from "../protocol/recordings";
import type { Visibility } from "../protocol/replays";
import { clock } from "./words";

export const POLICY_WORDS: Readonly<Record<RecordingPolicy, string>> = {
  always: "Record every broadcast",
  ask: "Ask me: I press Record",
  never: "Record nothing",
};

export const VISIBILITY_WORDS: Readonly<Record<Visibility, string>> = {
  public: "Public: on the channel's page",
  unlisted: "Unlisted: for whoever has the address",
  private: "Private: for you alone",
};

/** What becomes of recordings that begin with it. */
export const NEW_VISIBILITY_WORDS: Readonly<Record<Visibility, string>> = {
  public: "New recordings are shown to everyone on the channel's page as soon as they are finished.",
  unlisted: "New recordings are listed nowhere. Whoever you give the address to can watch them, and pass it on.",
  private: "Nobody but you can watch new recordings until you say otherwise.",
};

const TROUBLE_WORDS: Readonly<Record<string, string>> = {
  disk_full: "The server's disk is full, so recording stopped there. The broadcast went on.",
  quota_reached: "The room that recordings of this channel may take is used up, so recording stopped there. Delete older ones to make room.",
  failed: "The file could not be written any further, so recording stopped there. The broadcast went on.",
  interrupted: "The server stopped in the middle. What was recorded until then was saved.",
};

/** Why a broadcast that should be recorded is not. */
export function refusedWords(refused: string): string {
  if (refused === "quota_reached") return "This broadcast is not recorded: the room that recordings of this channel may take is used up. Delete older ones, then press Record.";
  return `This broadcast is not recorded (${refused.replaceAll("_", " ")}).`;
}

/** Why the store has not taken it. */
const STORE_WORDS: Readonly<Record<string, string>> = {
  full: "There is no room left in the store.",
  refused: "The store does not let this server in.",
  unreachable: "The store cannot be reached.",
  altered: "What the store gave back was not what was sent.",
};

/** Why its files are not finished yet. */
const UNFINISHED_WORDS: Readonly<Record<string, string>> = {
  no_room: "The server's disk has too little room to finish it: as much again as it has, for a moment. Nothing is lost, and it is tried again.",
};

export function troubleWords(trouble: string | null): string {
  if (trouble === null) return "";
  return TROUBLE_WORDS[trouble] ?? `Recording stopped before the broadcast did (${trouble.replaceAll("_", " ")}).`;
}

/** "850 kB", "12.3 MB", "4.56 GB". */
export function bytesWords(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

/** What becomes of a recording next; empty when nothing has to be waited for. */
export function nextWords({ state, unfinished_for: unfinished, stored, moved_bytes: moved, size_bytes: size, previews, store_trouble: trouble }: Recording): string {
  if (state === "recording") return "Recording now.";
  if (state === "finishing" && unfinished !== null) return UNFINISHED_WORDS[unfinished] ?? "Its files could not be finished yet. Nothing is lost, and it is tried again.";
  if (state === "finishing") return "Being finished: the files are checked, and can be watched in a moment.";
  if (state === "empty") return "Nothing came that could be kept.";
  if (trouble !== null && stored !== "store") {
    return `${STORE_WORDS[trouble] ?? "It could not be moved to the store yet."} The recording stays on the server, and it is tried again.`;
  }
  if (stored === "moving") return `Being moved to the store: ${bytesWords(moved)} of ${bytesWords(size)}.`;
  return previews === null ? "Ready. Its pictures for seeking are being made." : "";
}

/** Whether it will be another one soon, without anybody doing anything. */
export function changes(recording: Recording): boolean {
  return recording.state !== "empty" && nextWords(recording) !== "";
}

/** From 0 to 1 while it is moved to the store; null otherwise. */
export function movedShare({ state, stored, moved_bytes: moved, size_bytes: size }: Recording): number | null {
  return state === "ready" && stored === "moving" && size > 0 ? Math.min(1, moved / size) : null;
}

export function sizeWords({ duration_ms: durationMs, size_bytes: size }: Pick<Recording, "duration_ms" | "size_bytes">): string {
  return `${clock(durationMs)}, ${bytesWords(size)}`;
}

/** What a file is: "H264, opus, 1280 × 720". */
export function formatWords({ video_codec: video, audio_codec: audio, width, height }: RecordingPart): string {
  const size = width !== null && height !== null ? `${width} × ${height}` : null;
  return [video, audio === "opus" ? "Opus" : audio, size].filter(Boolean).join(", ");
}

/** Losses that can be seen or heard; empty without. */
export function lossWords(lostPackets: number, droppedFrames: number): string {
  const words = [
    lostPackets > 0 && `${lostPackets.toLocaleString("en")} ${lostPackets === 1 ? "packet" : "packets"} lost on the way`,
    droppedFrames > 0 && `${droppedFrames.toLocaleString("en")} ${droppedFrames === 1 ? "picture" : "pictures"} left out`,
  ];
  return words.filter(Boolean).join(", ");
}

/** After how long recordings are deleted. */
export function keepWords(days: number | null): string {
  if (days === null) return "As this server does";
  if (days === 0) return "Keep until I delete them";
  return `Delete after ${days} ${days === 1 ? "day" : "days"}`;
}
