/** The order of what is live: what the person follows comes first, otherwise as the server has it. */
import type { Channel } from "../protocol/types";

export function followedFirst<T extends Pick<Channel, "name">>(channels: readonly T[], followed: ReadonlySet<string>): readonly T[] {
  return [...channels.filter(({ name }) => followed.has(name)), ...channels.filter(({ name }) => !followed.has(name))];
}
