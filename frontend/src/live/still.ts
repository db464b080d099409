/** The server's still picture of a live channel, fetched again and again until it is closed. */
import { StillPace } from "../core/stills";

export interface Still {
  close(): void;
}

/** `onStill` is given an address that is good until the next one, or until `close`. With `once`, the first is the last. */
export function still(name: string, once: boolean, onStill: (url: string) => void): Still {
  const abort = new AbortController();
  const pace = new StillPace();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: string | null = null;
  const turn = async () => {
    const picture = await fetchStill(name, abort.signal);
    if (abort.signal.aborted) return;
    if (picture !== null) {
      const former = shown;
      shown = URL.createObjectURL(picture);
      onStill(shown);
      if (former !== null) setTimeout(() => URL.revokeObjectURL(former), 1000);
      if (once) return;
    }
    timer = setTimeout(() => void turn(), picture === null ? pace.failed() : pace.came());
  };
  void turn();
  return {
    close: () => {
      abort.abort();
      clearTimeout(timer);
      if (shown !== null) URL.revokeObjectURL(shown);
    },
  };
}

async function fetchStill(name: string, signal: AbortSignal): Promise<Blob | null> {
  try {
    const answer = await fetch(`/api/v1/channels/${encodeURIComponent(name)}/still`, { signal, cache: "no-cache" });
    return answer.ok ? await answer.blob() : null;
  } catch {
    return null;
  }
}
