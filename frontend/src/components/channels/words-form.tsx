/** A channel's title and description. */
import { type FormEvent, useId, useState } from "react";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

export interface ChannelFormProps {
  readonly api: Api;
  readonly channel: Channel;
  readonly onChannel: (channel: Channel) => void;
}

export function WordsForm({ api, channel, onChannel }: ChannelFormProps) {
  const [title, setTitle] = useState(channel.title);
  const [description, setDescription] = useState(channel.description);
  const saving = useAction();
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      onChannel(await api.channels.change(channel.name, { title: title.trim(), description }));
      return "Saved.";
    });
  };
  return (
    <form className="card" aria-label="Title and description" onSubmit={submit}>
      <h2>Title and description</h2>
      <TextField label="Title" value={title} onChange={setTitle} required maxLength={100} autoComplete="off" />
      <div className="field">
        <label htmlFor={id}>Description</label>
        <textarea id={id} value={description} rows={6} maxLength={2000} onChange={(event) => setDescription(event.target.value)} />
        <p className="hint">Plain text, with line breaks.</p>
      </div>
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={saving.busy}>
          Save
        </button>
      </div>
    </form>
  );
}
