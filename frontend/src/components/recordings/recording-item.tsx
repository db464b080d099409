/** One recording of a channel, with all that its owner can do with it. */
import { useState } from "react";
import { momentWords } from "../../core/account-words";
import { bytesWords, formatWords, nextWords, sizeWords, troubleWords } from "../../core/recording-words";
import { clock } from "../../core/words";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { Recording } from "../../protocol/recordings";
import type { Visibility } from "../../protocol/replays";
import { Link } from "../../router";
import { ConfirmDialog } from "../confirm-dialog";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";
import { Moved } from "./moved";
import { VisibilityField } from "./visibility-field";

interface RecordingItemProps {
  readonly api: Api;
  readonly channel: string;
  readonly recording: Recording;
  readonly onChange: (recording: Recording) => void;
  readonly onDelete: () => void;
}

const TITLE_MAX = 100;

export function RecordingItem({ api, channel, recording, onChange, onDelete }: RecordingItemProps) {
  const { id, state, visibility } = recording;
  const acting = useAction();
  const [deleting, setDeleting] = useState(false);
  const title = recording.title || channel;
  const under = state === "recording" || (state === "finishing" && recording.unfinished_for === null);
  const show = (to: Visibility) => acting.run(async () => onChange(await api.recordings.edit(channel, id, { visibility: to })));
  return (
    <li className="recording" data-testid="recording" data-state={state} data-id={id}>
      <div className="recording-head">
        <h2>{state === "ready" ? <Link href={recording.replay}>{title}</Link> : <bdi>{title}</bdi>}</h2>
        <p className="hint">
          {momentWords(recording.broadcast_began_at)} · <span data-testid="recording-size">{sizeWords(recording)}</span>
        </p>
      </div>
      {recording.trouble !== null && <p className="problem">{troubleWords(recording.trouble)}</p>}
      <p className="hint" role="status">
        {nextWords(recording)}
      </p>
      <Moved recording={recording} />
      {state !== "empty" && (
        <div className="recording-fields">
          <Title key={recording.title} title={recording.title} onSave={async (to) => onChange(await api.recordings.edit(channel, id, { title: to }))} />
          <VisibilityField label="Who may watch it" value={visibility} testId="recording-visibility" onChange={(to) => void show(to)} />
        </div>
      )}
      <div className="buttons">
        {state === "ready" && (
          <Link className="button" href={recording.replay} data-testid="recording-watch">
            Watch
          </Link>
        )}
        {state === "ready" && recording.parts.length === 1 && <Downloads recording={recording} />}
        {!under && (
          <button type="button" className="button button-danger" data-testid="recording-delete" onClick={() => setDeleting(true)}>
            Delete…
          </button>
        )}
      </div>
      {state === "ready" && recording.parts.length > 1 && (
        <details className="recording-parts" data-testid="recording-parts">
          <summary>Download, in {recording.parts.length} parts</summary>
          <p className="hint">Whenever the size of the picture or its format changed, another file began. They are watched as one.</p>
          <div className="buttons">
            <Downloads recording={recording} />
          </div>
        </details>
      )}
      {state === "ready" && <Files recording={recording} />}
      <Outcome action={acting} />
      {deleting && (
        <ConfirmDialog
          title="Delete this recording?"
          action="Delete it"
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.recordings.delete(channel, id);
            onDelete();
          }}
        >
          <p>
            “<bdi>{title}</bdi>”, {clock(recording.duration_ms)}, with all its files. Nobody can watch it then, and it cannot be brought back.
          </p>
        </ConfirmDialog>
      )}
    </li>
  );
}

/** What was kept, and how to tell that a copy of it is whole. */
function Files({ recording: { parts } }: { recording: Recording }) {
  return (
    <details className="recording-parts" data-testid="recording-files">
      <summary>{parts.length === 1 ? "About the file" : "About the files"}</summary>
      <dl className="recording-files">
        {parts.map((part, index) => (
          <div key={part.number}>
            <dt>
              {parts.length === 1 ? "" : `Part ${index + 1}: `}
              {clock(part.duration_ms)}, {bytesWords(part.size_bytes)}, {formatWords(part)}
            </dt>
            <dd>
              SHA-256 <code>{part.sha256}</code>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Downloads({ recording: { parts } }: { recording: Recording }) {
  return parts.map((part, index) => (
    <a key={part.number} className="button" href={part.download} download data-testid="recording-download">
      {parts.length === 1 ? "Download" : `Part ${index + 1}`} <span className="hint">{bytesWords(part.size_bytes)}</span>
    </a>
  ));
}

function Title({ title, onSave }: { title: string; onSave: (title: string) => Promise<void> }) {
  const saving = useAction();
  const [text, setText] = useState(title);
  return (
    <form
      className="field-row recording-title"
      onSubmit={(event) => {
        event.preventDefault();
        void saving.run(() => onSave(text.trim()));
      }}
    >
      <TextField label="Title" value={text} onChange={setText} maxLength={TITLE_MAX} data-testid="recording-title" {...(saving.problem !== "" && { hint: saving.problem, wrong: true })} />
      <button type="submit" className="button" disabled={text.trim() === title} aria-disabled={saving.busy}>
        Save
      </button>
    </form>
  );
}
