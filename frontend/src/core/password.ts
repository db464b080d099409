/**
 * A hint, while a password is typed, of how it will fare. The server judges; this only spares a refusal.
 */

export const PASSWORD_MIN = 10;

export type PasswordGrade = "empty" | "weak" | "fair" | "good";

export interface PasswordHint {
  readonly grade: PasswordGrade;
  readonly words: string;
}

const COMMON = /pass ?w[o0]rd|qwert|asdf|zxcv|letmein|welcome|iloveyou|dragon|monkey|admin|12345|54321|abcde/i;

export function passwordHint(password: string, email: string): PasswordHint {
  if (password === "") return { grade: "empty", words: `At least ${PASSWORD_MIN} characters. Three or four unrelated words make a good one.` };
  const length = [...password].length;
  if (length < PASSWORD_MIN) return { grade: "weak", words: `${PASSWORD_MIN - length} more ${PASSWORD_MIN - length === 1 ? "character" : "characters"}.` };
  const folded = password.toLowerCase();
  const local = email.split("@")[0]?.toLowerCase() ?? "";
  if (folded.includes("harmonie")) return { grade: "weak", words: "The name of this service is the first thing to be guessed." };
  if (local.length >= 3 && folded.includes(local)) return { grade: "weak", words: "Leave your e-mail address out of it." };
  const surprise = surprising(folded);
  if (surprise < 7) return { grade: "weak", words: "Too regular: repeated and neighbouring characters are guessed at once." };
  if (COMMON.test(password) && surprise < 14) return { grade: "weak", words: "This is among the first ones to be guessed." };
  if (surprise < 12) return { grade: "fair", words: "Will do. A longer one is better." };
  return { grade: "good", words: "Good." };
}

/** Characters that neither repeat the one before nor follow it in the alphabet, as long as not all are the same few. */
function surprising(text: string): number {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const jumps = codes.filter((code, index) => index === 0 || Math.abs(code - (codes[index - 1] ?? 0)) > 1).length;
  return Math.min(jumps, new Set(codes).size * 2);
}
