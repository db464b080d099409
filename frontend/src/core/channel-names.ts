/** What is wrong with a channel's name while it is typed. The server knows which names are taken or reserved. */
import { isChannelName } from "../protocol/types";

const MAX = 32;

/** Empty when the name can be one. */
export function nameComplaint(name: string): string {
  if (name === "" || isChannelName(name)) return "";
  if (name.length > MAX) return `At most ${MAX} characters; these are ${name.length}.`;
  const strange = /[^a-z0-9-]/.exec(name);
  if (strange !== null) return strange[0] === " " ? "No spaces: use a dash." : `No “${strange[0]}”: lower-case letters, digits and dashes only.`;
  return "No dash at the beginning or the end.";
}

/** Whether it is worth asking the server for it. */
export function canBeName(name: string): boolean {
  return isChannelName(name);
}

/** What was typed, with what is easily put right put right. */
export function tidyName(typed: string): string {
  return typed.toLowerCase().replace(/[\s_]+/g, "-");
}
