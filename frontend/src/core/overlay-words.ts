/** What an overlay says of a tip, on screen and aloud, and the tip that tests are made with. No I/O. */
import { NATIVE, type Tip } from "../protocol/tips";
import { tipAmountWords } from "./tip-amounts";

const NAME_SPOKEN = 40;
const MESSAGE_SPOKEN = 200;
const CUT = "…";

/** Read aloud: bounded, in one line, without addresses of pages, and without the same sign over and over. */
export function spokenWords(tip: Tip, withMessage: boolean): string {
  const name = tip.from.user === null ? "Somebody" : bounded(speakable(tip.from.name), NAME_SPOKEN) || "Somebody";
  const words = `${name} tipped ${tipAmountWords(tip)}.`;
  const message = withMessage && tip.message_state === "shown" ? bounded(speakable(tip.message), MESSAGE_SPOKEN) : "";
  return message === "" ? words : `${words} ${message}`;
}

/** For screen: in one line, nothing that turns the writing around beyond its own. */
export function shownMessage(tip: Tip): string {
  return tip.message_state === "shown" ? plain(tip.message) : "";
}

/** `symbol` is that of the chain's coin. */
export function sampleTip(nowMs: number, symbol: string): Tip {
  return {
    id: "test",
    state: "confirmed",
    from: { user: "test", name: "A kind listener", wallet: NATIVE, badges: [] },
    amount: "5000000000000000000",
    token: NATIVE,
    symbol,
    decimals: 18,
    worth: null,
    message: "This is a test. Play it again!",
    message_state: "shown",
    at_ms: nowMs,
    broadcast: null,
    clock_ms: null,
    transaction: "",
    block: 0,
  };
}

function speakable(text: string): string {
  return plain(text)
    .replace(/\b(?:https?:\/\/|www\.)\S+/giu, "a link")
    .replace(/(.)\1{4,}/gu, "$1$1$1");
}

/** Control and direction signs become spaces or nothing. */
function plain(text: string): string {
  return text
    .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}

function bounded(text: string, characters: number): string {
  const letters = [...text];
  return letters.length <= characters ? text : letters.slice(0, characters).join("").trimEnd() + CUT;
}
