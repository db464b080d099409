/** The way to the tips, where the server has any. In a tab of its own: the studio is not to be left while live. */
import { useEffect, useState } from "react";
import { tipDeskPath } from "../../core/target";
import type { Api } from "../../protocol/api";

export function TipDeskLink({ api, channel }: { api: Api; channel: string }) {
  const [there, setThere] = useState(false);
  useEffect(() => {
    api.tips.tipping().then(
      (tipping) => setThere(tipping !== null),
      () => undefined,
    );
  }, [api]);
  if (!there) return null;
  return (
    <p className="hint">
      <a href={tipDeskPath(channel)} target="_blank" rel="noopener" data-testid="tip-desk-link">
        Tips: alerts on your stream, goal, history
      </a>
    </p>
  );
}
