/** The channels of whoever is signed in. */
import { useCallback } from "react";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { type Loaded, useLoaded } from "./action";
import { useUser } from "./session";

/** None for those who are not signed in. */
export function useMyChannels(api: Api): Loaded<readonly Channel[]> {
  const userId = useUser()?.id ?? null;
  const load = useCallback(async () => (userId === null ? [] : api.channels.ownedBy(userId)), [api, userId]);
  return useLoaded(load);
}
