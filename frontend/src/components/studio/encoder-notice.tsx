/** Tells the artist that the server does not keep up with what it encodes anew of their broadcast; nothing while it does. */
import { useState } from "react";
import { encoderWords } from "../../core/words";
import { usePolling } from "../../hooks/polling";
import type { Api } from "../../protocol/api";
import type { HlsStatus } from "../../protocol/recordings";

const ASK_EVERY_MS = 10_000;

export function EncoderNotice({ api, channel }: { api: Api; channel: string }) {
  const [status, setStatus] = useState<HlsStatus | null>(null);
  usePolling(async () => setStatus(await api.recordings.hls(channel)), ASK_EVERY_MS);
  const words = encoderWords(status?.encoder ?? null);
  return (
    <div role="status" data-testid="encoder-notice">
      {words !== "" && <p className="problem">{words}</p>}
    </div>
  );
}
