/** Why something was not done, as a person reads it. */
import { GivenUp } from "../protocol/client";
import { NetworkError, ProblemError } from "../protocol/problem";
import { walletRefusal } from "./siwe";

const WORDS: Readonly<Record<string, string>> = {
  "credentials-rejected": "The e-mail address and the password do not belong together, or the address is not confirmed yet.",
  "code-rejected": "The code is not right, or was used before. Wait for the next one and try again.",
  "account-suspended": "This account is suspended. Ask the people who run this server.",
  "session-ended": "You are signed out. Sign in again.",
  "not-signed-in": "Sign in first.",
};

export function refusalWords(error: unknown): string {
  if (error instanceof ProblemError) {
    if (error.kind === "rate-limited" || error.status === 429) return `Too many tries. ${waitWords(error.retryAfterMs)}`;
    return WORDS[error.kind] ?? sentence(error.message);
  }
  if (error instanceof NetworkError) return "The server could not be reached. Check your connection and try again.";
  if (error instanceof GivenUp) return error.message;
  return walletRefusal(error) ?? (error instanceof Error ? sentence(error.message) : "That did not work.");
}

function waitWords(ms: number | null): string {
  if (ms === null) return "Wait a moment and try again.";
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 90) return `Wait ${seconds} ${seconds === 1 ? "second" : "seconds"} and try again.`;
  return `Wait ${Math.ceil(seconds / 60)} minutes and try again.`;
}

/** The API writes details in lower case and without a full stop. */
function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "That did not work.";
  const ended = /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return ended.slice(0, 1).toUpperCase() + ended.slice(1);
}
