/** Which channels the person follows. */
import { useCallback, useEffect, useState } from "react";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { useAction } from "./action";
import { useUser } from "./session";

const NONE: ReadonlySet<string> = new Set();

/** The names of the channels the person follows; empty while unknown and for those who are not signed in. */
export function useFollowed(api: Api): ReadonlySet<string> {
  const userId = useUser()?.id ?? null;
  const [followed, setFollowed] = useState<{ by: string; names: ReadonlySet<string> } | null>(null);
  useEffect(() => {
    if (userId === null) return undefined;
    let gone = false;
    const taken = (channels: readonly Channel[]) => {
      if (!gone) setFollowed({ by: userId, names: new Set(channels.map((channel) => channel.name)) });
    };
    // Without an answer nobody is put first, which is what those see who are not signed in.
    void api.channels.followed().then(taken, () => undefined);
    return () => {
      gone = true;
    };
  }, [api, userId]);
  return followed !== null && followed.by === userId ? followed.names : NONE;
}

/** Whether the person follows a channel, null while unknown, and the way to change that. */
export function useFollow(api: Api, name: string) {
  const userId = useUser()?.id ?? null;
  const [channel, setChannel] = useState<{ by: string; of: Channel } | null>(null);
  const action = useAction();
  useEffect(() => {
    if (userId === null) return undefined;
    let gone = false;
    void api.channels.get(name).then(
      (of) => {
        if (!gone) setChannel({ by: userId, of });
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [api, name, userId]);
  const { run } = action;
  const toggle = useCallback(
    (followed: boolean) =>
      run(async () => {
        const of = await api.channels.setFollowed(name, followed);
        if (userId !== null) setChannel({ by: userId, of });
      }),
    [api, name, run, userId],
  );
  const known = channel !== null && channel.by === userId && channel.of.name === name ? channel.of : null;
  return { followed: known?.followed ?? null, toggle, action };
}
