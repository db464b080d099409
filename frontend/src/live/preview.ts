/** One uncounted look at a channel for the home page: connects, draws the first frame, and plays on until it is closed. */
import type { Api } from "../protocol/api";
import { watch, type WhepSession } from "../protocol/whep";

export interface Preview {
  close(): void;
}

/** `onFrame` is called once the element shows a picture; `onFailure` when none will come. */
export function preview(name: string, api: Api, video: HTMLVideoElement, onFrame: () => void, onFailure: () => void): Preview {
  const abort = new AbortController();
  let session: WhepSession | null = null;
  watch({
    channel: name,
    preview: true,
    iceServers: api.iceServers(),
    signal: abort.signal,
    onTrack: (track) => {
      video.srcObject = new MediaStream([track]);
      video.addEventListener("loadeddata", () => abort.signal.aborted || onFrame(), { once: true });
      void video.play().catch(() => undefined);
    },
    onConnection: (state) => {
      if (state === "failed") onFailure();
    },
  })
    .then((opened) => {
      if (abort.signal.aborted) return opened.close();
      session = opened;
      if (!opened.video) onFailure();
    })
    .catch(() => {
      if (!abort.signal.aborted) onFailure();
    });
  return {
    close: () => {
      abort.abort();
      session?.close();
      video.srcObject = null;
    },
  };
}
