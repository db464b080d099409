/** The overlay's settings as they are typed. What is typed is read to the currency's last unit. No I/O. */
import type { OverlaySettings, WorthAtLeast } from "../protocol/overlay";
import { exactAmount, minorDigits, readAmount } from "./tip-amounts";

export interface OverlayDraft extends Omit<OverlaySettings, "minimum" | "speech_minimum" | "duration_ms"> {
  /** Empty: none. */
  readonly minimum: string;
  readonly speechMinimum: string;
  readonly seconds: string;
}

export type DraftField = "minimum" | "speechMinimum" | "seconds";
export type DraftRead = { readonly settings: OverlaySettings } | { readonly problem: string; readonly field: DraftField };

export const SECONDS_MIN = 1;
export const SECONDS_MAX = 60;

/** `currency` null: minimums are not to be had, and stay as they are. */
export function draftOf(settings: OverlaySettings, currency: string | null): OverlayDraft {
  const { minimum, speech_minimum, duration_ms, ...rest } = settings;
  return { ...rest, minimum: typed(minimum, currency), speechMinimum: typed(speech_minimum, currency), seconds: String(duration_ms / 1000) };
}

export function readDraft(draft: OverlayDraft, before: OverlaySettings, currency: string | null): DraftRead {
  const { minimum: least, speechMinimum: leastSpoken, seconds, ...rest } = draft;
  const lasts = Number(seconds.trim() === "" ? "x" : seconds);
  if (!(lasts >= SECONDS_MIN && lasts <= SECONDS_MAX)) return { field: "seconds", problem: `From ${SECONDS_MIN} to ${SECONDS_MAX} seconds.` };
  const minimum = worthTyped(least, before.minimum, currency);
  if (typeof minimum === "string") return { field: "minimum", problem: minimum };
  const speech_minimum = worthTyped(leastSpoken, before.speech_minimum, currency);
  if (typeof speech_minimum === "string") return { field: "speechMinimum", problem: speech_minimum };
  return { settings: { ...rest, minimum, speech_minimum, duration_ms: Math.round(lasts * 1000) } };
}

function typed(worth: WorthAtLeast | null, currency: string | null): string {
  return worth === null || currency === null ? "" : exactAmount(String(worth.minor), minorDigits(currency));
}

/** Words on what is wrong, or what was meant. */
function worthTyped(text: string, before: WorthAtLeast | null, currency: string | null): WorthAtLeast | null | string {
  if (currency === null) return before;
  if (/^[0.\s]*$/.test(text)) return null;
  const digits = minorDigits(currency);
  const read = readAmount(text, digits);
  if ("amount" in read) return read.amount > 10n ** 12n ? "That is more than anybody tips." : { minor: Number(read.amount) };
  return /decimals/.test(read.problem) ? `Amounts in ${currency} have ${digits === 0 ? "no" : digits} decimals.` : read.problem;
}
