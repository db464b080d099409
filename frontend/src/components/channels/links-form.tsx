/** Where else to find the artist. */
import { type FormEvent, useState } from "react";
import { useAction } from "../../hooks/action";
import type { ChannelLink } from "../../protocol/types";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";
import type { ChannelFormProps } from "./words-form";

const MAX_LINKS = 8;

export function LinksForm({ api, channel, onChannel }: ChannelFormProps) {
  const [links, setLinks] = useState<readonly ChannelLink[]>(channel.links);
  const saving = useAction();
  const change = (index: number, part: Partial<ChannelLink>) =>
    setLinks(links.map((link, at) => (at === index ? { ...link, ...part } : link)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      const saved = await api.channels.change(channel.name, { links });
      setLinks(saved.links);
      onChannel(saved);
      return "Saved.";
    });
  };
  return (
    <form className="card" aria-label="Links" onSubmit={submit}>
      <h2>Links</h2>
      {links.length === 0 && <p className="hint">Where else can people find you?</p>}
      {links.map((link, index) => (
        // Links have no name of their own; they are changed in place.
        <fieldset className="link-fields" key={index}>
          <legend className="visually-hidden">Link {index + 1}</legend>
          <TextField label="Name" value={link.label} onChange={(label) => change(index, { label })} required maxLength={40} placeholder="Bandcamp" />
          <TextField
            label="Address"
            type="url"
            value={link.url}
            onChange={(url) => change(index, { url: url.trim() })}
            onBlur={() => change(index, { url: withScheme(link.url) })}
            required
            maxLength={500}
            pattern="https://.+"
            title="An address that begins with https://"
            placeholder="https://"
          />
          <button type="button" className="button" onClick={() => setLinks(links.filter((_, at) => at !== index))}>
            Remove<span className="visually-hidden"> link {index + 1}</span>
          </button>
        </fieldset>
      ))}
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={saving.busy}>
          Save
        </button>
        {links.length < MAX_LINKS && (
          <button type="button" className="button" onClick={() => setLinks([...links, { label: "", url: "" }])}>
            Add a link
          </button>
        )}
      </div>
    </form>
  );
}

/** Addresses are often given without their beginning. */
function withScheme(url: string): string {
  return url === "" || /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `https://${url}`;
}
