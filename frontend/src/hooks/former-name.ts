/** A page that was opened by a channel's former name goes on by its present one. */
import { useEffect } from "react";
import type { Channel } from "../protocol/types";
import { replace } from "../router";

export function useFormerName(name: string, channel: Channel | null): void {
  const present = channel?.name ?? name;
  useEffect(() => {
    if (present !== name) replace(`/${present}`);
  }, [name, present]);
}
