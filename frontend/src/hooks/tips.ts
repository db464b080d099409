/** Tips for components: what a channel's room tells of them, and how tipping goes there. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { refusalWords } from "../core/refusals";
import { TipsRoom, type TipsView } from "../live/tips-room";
import type { Api } from "../protocol/api";
import type { ChannelTipping, Tip, TipEvent, Tipping } from "../protocol/tips";
import { useStore } from "../store";
import { type Loaded, useLoaded } from "./action";
import { useEvents } from "./events";

/** The tips of a channel, whose room is entered while the component is there. `name` must not change. */
export function useTips(name: string, heard?: (event: TipEvent) => void): TipsView & Pick<TipsRoom, "reach"> {
  const events = useEvents();
  const [room] = useState(() => new TipsRoom(name, events));
  const listener = useRef(heard);
  listener.current = heard;
  useEffect(() => room.start((event) => listener.current?.(event)), [room]);
  return { ...useStore(room.store), reach: room.reach };
}

export interface TipModerationDeeds {
  readonly decide: (tip: Tip, state: "shown" | "hidden") => void;
  /** The message that others do not see. Empty when it could not be had. */
  readonly read: (tip: Tip) => Promise<string>;
}

/** Null for those who do not moderate; the same object otherwise. What went wrong is told by `tell`. */
export function useTipDeeds(api: Api, name: string, moderates: boolean, tell: (words: string) => void): TipModerationDeeds | null {
  return useMemo(() => {
    if (!moderates) return null;
    const failed = (error: unknown) => {
      tell(refusalWords(error));
      return "";
    };
    return {
      decide: (tip, state) => void api.tips.setMessage(name, tip.id, state).catch(failed),
      read: (tip) => api.tips.withheld(name, tip.id).catch(failed),
    };
  }, [api, name, moderates, tell]);
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
