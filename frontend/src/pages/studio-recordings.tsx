/** All recordings of a channel, for its owner. */
import { useCallback } from "react";
import { Guarded } from "../components/account/guarded";
import { MoreOf } from "../components/more-of";
import { RecordingItem } from "../components/recordings/recording-item";
import { Retention } from "../components/recordings/retention";
import { ChosenChannel } from "../components/studio/chosen-channel";
import { changes } from "../core/recording-words";
import { recordingsPath } from "../core/target";
import { useTitle } from "../hooks/page";
import { usePages } from "../hooks/pages";
import { usePolling } from "../hooks/polling";
import type { Api } from "../protocol/api";
import type { Recording } from "../protocol/recordings";
import "../styles/recordings.css";

const CHANGING_MS = 5000;
const RESTING_MS = 20_000;

export function StudioRecordingsPage({ api }: { api: Api }) {
  useTitle("Recordings · Studio · Harmonie");
  return (
    <Guarded path={`/studio/recordings${location.search}`}>
      {(user) => (
        <ChosenChannel key={user.id} api={api} title="Recordings" path={recordingsPath} testId="recordings-desk">
          {(channel) => <OfChannel api={api} channel={channel.name} />}
        </ChosenChannel>
      )}
    </Guarded>
  );
}

function OfChannel({ api, channel }: { api: Api; channel: string }) {
  const load = useCallback((cursor: string | null) => api.recordings.list(channel, cursor), [api, channel]);
  const recordings = usePages(load);
  const { items, change, busy, problem, more } = recordings;
  const edit = (recording: Recording) => change((all) => all.map((each) => (each.id === recording.id ? recording : each)));
  // What goes on is asked about soon again; new ones come at the top.
  const refresh = async () => {
    const page = await api.recordings.list(channel, null);
    change((all) => refreshed(all, page.items, page.next_cursor === null));
  };
  usePolling(refresh, items.some(changes) ? CHANGING_MS : RESTING_MS);
  return (
    <div className="backstage-cards">
      <section className="card" aria-label="Recordings" data-testid="recordings">
        {items.length === 0 && !more && (
          <p className="hint" role="status">
            {problem !== "" ? "" : busy ? "One moment…" : "Nothing was recorded yet. Whether broadcasts are recorded is decided in the studio."}
          </p>
        )}
        <ul className="recordings">
          {items.map((recording) => (
            <RecordingItem
              key={recording.id}
              api={api}
              channel={channel}
              recording={recording}
              onChange={edit}
              onDelete={() => change((all) => all.filter(({ id }) => id !== recording.id))}
            />
          ))}
        </ul>
        <MoreOf list={recordings} words="Earlier ones" />
      </section>
      <Retention api={api} channel={channel} />
    </div>
  );
}

/** The list with its first page as it is now: changed ones, new ones, and without those that went. */
function refreshed(all: readonly Recording[], first: readonly Recording[], whole: boolean): readonly Recording[] {
  if (whole) return first;
  const last = first.at(-1)?.started_at ?? "";
  const ids = new Set(first.map(({ id }) => id));
  return [...first, ...all.filter(({ id, started_at }) => !ids.has(id) && started_at < last)];
}
