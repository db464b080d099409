/** Tips for components: what a channel's room tells of them, and how tipping goes there. */
import { useCallback, useEffect, useRef, useState } from "react";
import { TipsRoom, type TipsView } from "../live/tips-room";
import type { Api } from "../protocol/api";
import type { ChannelTipping, TipEvent, Tipping } from "../protocol/tips";
import { useStore } from "../store";
import { type Loaded, useLoaded } from "./action";
import { useEvents } from "./events";

/** The tips of a channel, whose room is entered while the component is there. `name` must not change. */
export function useTips(name: string, heard?: (event: TipEvent) => void): TipsView {
  const events = useEvents();
  const [room] = useState(() => new TipsRoom(name, events));
  const listener = useRef(heard);
  listener.current = heard;
  useEffect(() => room.start((event) => listener.current?.(event)), [room]);
  return useStore(room.store);
}

export interface Offer {
  readonly tipping: Tipping;
  readonly channel: ChannelTipping;
}

/** How to tip a channel; `none` where that is not possible. Asked again by `reload`: another broadcast, another artist. */
export function useOffer(api: Api, name: string): Loaded<Offer | "none"> {
  const load = useCallback(async (): Promise<Offer | "none"> => {
    const tipping = await api.tips.tipping();
    return tipping === null ? "none" : { tipping, channel: await api.tips.ofChannel(name) };
  }, [api, name]);
  return useLoaded(load);
}
