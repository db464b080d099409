/** The order of what is live on the home page. */
import type { Channel } from "../protocol/types";

type Placed = Pick<Channel, "name" | "started_at">;

/**
 * What the person follows first, and then who has been on stage longest: a card keeps its place while one looks at it,
 * and who begins now comes last. How many watch has no say.
 */
export function stageOrder<T extends Placed>(channels: readonly T[], followed: ReadonlySet<string>): readonly T[] {
  const place = ({ name, started_at }: T) => `${followed.has(name) ? 0 : 1} ${started_at ?? "~"} ${name}`;
  return [...channels].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}
