/** What the broadcast is called on the channel page and on the home page. Its owner says so, or whoever has the key. */
import { type FormEvent, useState } from "react";
import type { Target } from "../../core/target";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import { ProblemError } from "../../protocol/problem";
import { type Channel, isChannelName } from "../../protocol/types";
import { Outcome } from "../outcome";

interface TitleFieldProps {
  readonly api: Api;
  readonly target: Target;
  readonly channel: Channel | null;
  /** Whether the channel belongs to whoever is signed in. */
  readonly owned: boolean;
  readonly onSaved: (channel: Channel) => void;
}

export function TitleField({ api, target, channel, owned, onSaved }: TitleFieldProps) {
  /** What was typed and not yet saved. */
  const [draft, setDraft] = useState<string | null>(null);
  const saving = useAction();
  const title = draft ?? channel?.title ?? "";
  const ready = owned || (isChannelName(target.channel) && target.key !== "");

  const save = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      const wanted = title.trim();
      onSaved(owned ? await api.channels.change(target.channel, { title: wanted }) : await saveByKey(api, target, wanted));
      setDraft(null);
      return "Saved.";
    });
  };
  return (
    <form className="card" aria-label="Title" onSubmit={save}>
      <h2>Title</h2>
      <div className="field">
        <label htmlFor="title">What are you playing?</label>
        <span className="field-row">
          <input
            id="title"
            data-testid="title"
            dir="auto"
            value={title}
            maxLength={100}
            placeholder="An evening of cello suites"
            onChange={(event) => {
              saving.clear();
              setDraft(event.target.value);
            }}
          />
          <button type="submit" className="button" aria-disabled={saving.busy} disabled={!ready || draft === null || title.trim() === ""}>
            Save
          </button>
        </span>
        {!ready && <p className="hint">Saving needs the channel's name and key.</p>}
        <Outcome action={saving} />
      </div>
    </form>
  );
}

async function saveByKey(api: Api, { channel, key }: Target, title: string): Promise<Channel> {
  try {
    return await api.setTitle(channel, key, title);
  } catch (error) {
    if (!(error instanceof ProblemError) || (error.status !== 401 && error.status !== 403)) throw error;
    throw new Error("The stream key does not open this channel.", { cause: error });
  }
}
