/** What becomes of the broadcast: whether it is recorded, how that goes, and what happens to it afterwards. */
import { useCallback, useEffect, useRef, useState } from "react";
import { bytesWords, changes, lossWords, NEW_VISIBILITY_WORDS, nextWords, POLICY_WORDS, refusedWords, troubleWords } from "../../core/recording-words";
import { recordingsPath } from "../../core/target";
import { clock } from "../../core/words";
import { useAction, useLoaded } from "../../hooks/action";
import { useRunning } from "../../hooks/page";
import { usePolling } from "../../hooks/polling";
import type { Api } from "../../protocol/api";
import type { CurrentRecording, Recording, RecordingPolicy, RecordingSetting } from "../../protocol/recordings";
import { Outcome } from "../outcome";
import { Waiting } from "../waiting";
import { Moved } from "../recordings/moved";
import { VisibilityField } from "../recordings/visibility-field";

interface RecordingCardProps {
  readonly api: Api;
  readonly channel: string;
  /** Since when the channel is live, from here or from elsewhere (RFC 3339); null while it is not. */
  readonly liveSince: string | null;
}

interface State {
  readonly setting: RecordingSetting;
  /** The newest one there is, of this broadcast or of an earlier one. */
  readonly newest: Recording | null;
}

const CHANGING_MS = 5000;
/** The broadcast's beginning as two places wrote it down. */
const SAME_MS = 2000;
const POLICIES = Object.keys(POLICY_WORDS) as RecordingPolicy[];

export function RecordingCard({ api, channel, liveSince }: RecordingCardProps) {
  const live = liveSince !== null;
  const load = useCallback(async (): Promise<State> => {
    const [setting, { items }] = await Promise.all([api.recordings.setting(channel), api.recordings.list(channel, null, 1)]);
    return { setting, newest: items[0] ?? null };
  }, [api, channel]);
  const loaded = useLoaded(load);
  const { value: state, reload, set } = loaded;
  // One does not wait for the other: a choice that is made while another one is saved would be lost.
  const acting = useAction();
  const showing = useAction();
  const settles = state?.newest != null && changes(state.newest);
  usePolling(reload, live || settles ? CHANGING_MS : null);
  // Going live and ending are when something begins to change.
  const before = useRef(live);
  const [recent, setRecent] = useState(false);
  useEffect(() => {
    if (before.current && !live) setRecent(true);
    if (before.current !== live) void reload();
    before.current = live;
  }, [live, reload]);

  if (state === null) {
    return loaded.problem === "" ? null : (
      <section className="card" aria-label="Recording">
        <h2>Recording</h2>
        <Waiting of={loaded} />
      </section>
    );
  }
  const { setting, newest } = state;
  // While live, what became of an earlier broadcast would only be confusing.
  const told = newest !== null && (live ? began(newest, liveSince) : recent || settles);
  const change = (act: () => Promise<RecordingSetting>, { run } = acting) =>
    void run(async () => {
      set({ setting: await act(), newest });
      await reload();
    });
  return (
    <section className="card" aria-label="Recording" data-testid="recording-card" data-recording={setting.current !== null}>
      <h2>Recording</h2>
      {setting.current !== null && <Current current={setting.current} />}
      {setting.current === null && told && <Newest recording={newest} live={live} />}
      {live && setting.refused !== null && (
        <p className="problem" role="status" data-testid="recording-refused">
          {refusedWords(setting.refused)}
        </p>
      )}
      {live && setting.policy !== "never" && (
        <div className="buttons">
          {setting.current === null ? (
            <button type="button" className="button button-primary" data-testid="record" aria-disabled={acting.busy} onClick={() => change(() => api.recordings.start(channel))}>
              Record from now on
            </button>
          ) : (
            <button type="button" className="button" data-testid="record-stop" aria-disabled={acting.busy} onClick={() => change(() => api.recordings.stop(channel))}>
              Stop recording
            </button>
          )}
        </div>
      )}
      <label className="field">
        <span>Broadcasts of this channel</span>
        <select
          data-testid="record-policy"
          value={setting.policy}
          onChange={(event) => change(() => api.recordings.change(channel, { policy: event.target.value as RecordingPolicy }))}
        >
          {POLICIES.map((policy) => (
            <option key={policy} value={policy}>
              {POLICY_WORDS[policy]}
            </option>
          ))}
        </select>
      </label>
      <p className="hint">
        {live && setting.current !== null ? "“Record nothing” also ends this recording." : "Holds from the next broadcast on."}
      </p>
      <VisibilityField
        label="Who may watch new recordings"
        value={setting.visibility}
        testId="record-visibility"
        onChange={(visibility) => change(() => api.recordings.change(channel, { visibility }), showing)}
      />
      <p className="hint" data-testid="record-visibility-words">
        {NEW_VISIBILITY_WORDS[setting.visibility]}
      </p>
      <Outcome action={showing} />
      <Outcome action={acting} />
      <p className="hint">
        <a href={recordingsPath(channel)} target="_blank" rel="noopener" data-testid="recordings-link">
          All recordings
        </a>
      </p>
    </section>
  );
}

function Current({ current }: { current: CurrentRecording }) {
  const durationMs = useRunning(current.duration_ms, CHANGING_MS);
  const losses = lossWords(current.lost_packets, current.dropped_frames);
  return (
    <>
      <p className="recording-now" data-testid="recording-now">
        <span className="recording-sign" aria-hidden="true" />
        <strong>Recording</strong>
        <span>{clock(durationMs)}</span>
        <span>{bytesWords(current.size_bytes)}</span>
      </p>
      {losses !== "" && <p className="hint">{losses}: what the network lost, and what came before the first whole picture.</p>}
      {current.dropped_groups > 0 && (
        <p className="problem" role="status">
          The server is too slow to keep everything: pictures were left out {current.dropped_groups === 1 ? "once" : `${current.dropped_groups} times`}. Viewers notice nothing.
        </p>
      )}
    </>
  );
}

function Newest({ recording, live }: { recording: Recording; live: boolean }) {
  const { state, replay, trouble } = recording;
  return (
    <div data-testid="recording-newest" data-state={state}>
      {trouble !== null && (
        <p className="problem" role="status">
          {troubleWords(trouble)}
        </p>
      )}
      <p className="hint" role="status">
        {nextWords(recording) || (live ? "What was recorded so far is kept." : "The broadcast is kept.")}
      </p>
      <Moved recording={recording} />
      {state === "ready" && (
        <p>
          <a href={replay} target="_blank" rel="noopener">
            Watch it
          </a>
        </p>
      )}
    </div>
  );
}

function began({ broadcast_began_at: at }: Recording, liveSince: string): boolean {
  return Math.abs(Date.parse(at) - Date.parse(liveSince)) < SAME_MS;
}
