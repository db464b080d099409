/** The address of a replay, from its beginning or from the present moment on. */
import { useState } from "react";
import { bounds } from "../../core/replay-parts";
import { replayPath } from "../../core/replay-time";
import { clock } from "../../core/words";
import { useCopying } from "../../hooks/copying";
import type { ReplayTheatre } from "../../live/replay-player";
import type { Replay } from "../../protocol/replays";
import { Dialog } from "../dialog";
import { Icon } from "../icons";

export function ReplayShare({ theatre, replay }: { theatre: ReplayTheatre; replay: Replay }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" data-testid="share" onClick={() => setOpen(true)}>
        <Icon name="copy" /> Share
      </button>
      {open && <ShareDialog theatre={theatre} replay={replay} onClose={() => setOpen(false)} />}
    </>
  );
}

function ShareDialog({ theatre, replay, onClose }: { theatre: ReplayTheatre; replay: Replay; onClose: () => void }) {
  const { field, copy, outcome } = useCopying();
  const [atMs] = useState(() => Math.max(0, theatre.clock.get() - bounds(replay.parts).fromMs));
  const [here, setHere] = useState(atMs >= 1000);
  const address = `${location.origin}${replayPath(replay.channel, replay.id, here ? atMs : 0)}`;
  const share = () => void navigator.share({ title: replay.title, url: address }).catch(() => undefined);
  return (
    <Dialog title="Share this broadcast" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void copy();
        }}
      >
        {replay.visibility === "private" && <p className="problem">It is private: others cannot open this address until you make it public or unlisted.</p>}
        <label className="field">
          <span>Address</span>
          <input ref={field} readOnly value={address} data-testid="share-address" onFocus={(event) => event.target.select()} />
        </label>
        <label className="check">
          <input type="checkbox" checked={here} onChange={(event) => setHere(event.target.checked)} />
          Begin at {clock(atMs)}
        </label>
        <p className="outcome" role="status">
          {outcome}
        </p>
        <div className="buttons">
          <button type="submit" className="button button-primary" data-testid="share-copy">
            Copy
          </button>
          {"share" in navigator && (
            <button type="button" className="button" onClick={share}>
              Share by…
            </button>
          )}
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
        </div>
      </form>
    </Dialog>
  );
}
