/** A new channel: its name, and what it is called. */
import { type FormEvent, useState } from "react";
import { canBeName } from "../../core/channel-names";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";
import { ChannelNameField } from "./channel-name-field";

interface CreateChannelProps {
  readonly api: Api;
  readonly onMade: (name: string, key: string) => void;
}

export function CreateChannel({ api, onMade }: CreateChannelProps) {
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const making = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void making.run(async () => {
      const made = await api.channels.create(name, title.trim());
      setName("");
      setTitle("");
      onMade(made.channel.name, made.stream_key);
    });
  };
  return (
    <form className="card" aria-label="New channel" onSubmit={submit}>
      <h2>New channel</h2>
      <ChannelNameField value={name} onChange={setName} placeholder="my-band" hint={`Its address: ${location.host}/${name || "my-band"}`} />
      <TextField label="Title (may come later)" value={title} onChange={setTitle} maxLength={100} autoComplete="off" placeholder="An evening of cello suites" />
      <Outcome action={making} />
      <div className="buttons">
        <button type="submit" className="button button-primary" aria-disabled={making.busy} disabled={!canBeName(name)}>
          Make the channel
        </button>
      </div>
    </form>
  );
}
