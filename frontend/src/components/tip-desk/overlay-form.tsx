/** How alerts look and sound, with a preview that follows what is chosen. */
import { type FormEvent, useState } from "react";
import { type DraftField, draftOf, type OverlayDraft, readDraft } from "../../core/overlay-form";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { OverlaySettings } from "../../protocol/overlay";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";
import { Choice } from "./choice";
import { OverlayPreview } from "./overlay-preview";

interface OverlayFormProps {
  readonly api: Api;
  readonly name: string;
  readonly settings: OverlaySettings;
  readonly currency: string | null;
  readonly symbol: string;
  readonly onSaved: (settings: OverlaySettings) => void;
}

export function OverlayForm({ api, name, settings, currency, symbol, onSaved }: OverlayFormProps) {
  const [draft, setDraft] = useState(() => draftOf(settings, currency));
  const saving = useAction();
  const change = (part: Partial<OverlayDraft>) => {
    setDraft({ ...draft, ...part });
    saving.clear();
  };
  const read = readDraft(draft, settings, currency);
  const wrong = "problem" in read ? read : null;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (wrong !== null) {
      (event.currentTarget as HTMLFormElement).querySelector<HTMLInputElement>(`[name=${wrong.field}]`)?.focus();
      return;
    }
    void saving.run(async () => {
      if (!("settings" in read)) return;
      await api.overlay.setSettings(name, read.settings);
      onSaved(read.settings);
      return "Saved. Your stream follows at once.";
    });
  };
  const field = (which: DraftField, label: string, hint: string) => (
    <TextField
      label={label}
      name={which}
      value={draft[which]}
      inputMode="decimal"
      autoComplete="off"
      wrong={wrong?.field === which}
      hint={wrong?.field === which ? wrong.problem : hint}
      onChange={(value) => change({ [which]: value })}
    />
  );
  return (
    <form className="card" aria-label="Look and sound" noValidate onSubmit={save} data-testid="overlay-form">
      <h2>Look and sound</h2>
      <OverlayPreview settings={draft} symbol={symbol} currency={currency} />
      <div className="field-grid">
        <Choice label="Picture" value={draft.image} words={{ note: "Note", heart: "Heart", star: "Star", none: "None" }} onChange={(image) => change({ image })} />
        <Choice label="Comes in" value={draft.animation} words={{ rise: "Rising", pop: "With a pop", slide: "From the side", none: "At once" }} onChange={(animation) => change({ animation })} />
        <Choice label="Colours" value={draft.theme} words={{ dark: "Dark", light: "Light" }} onChange={(theme) => change({ theme })} />
        <Choice label="Sound" value={draft.sound} words={{ chime: "Chime", cheer: "Applause", none: "None" }} onChange={(sound) => change({ sound })} />
        <label className="field">
          <span>Volume, {Math.round(draft.volume * 100)} %</span>
          <input type="range" min={0} max={1} step={0.05} value={draft.volume} onChange={(event) => change({ volume: Number(event.target.value) })} />
        </label>
        {field("seconds", "Seconds on screen", "")}
      </div>
      <label className="check">
        <input type="checkbox" checked={draft.show_message} onChange={(event) => change({ show_message: event.target.checked })} />
        <span>Show the message</span>
      </label>
      <label className="check">
        <input type="checkbox" checked={draft.speech} onChange={(event) => change({ speech: event.target.checked })} />
        <span>Read tips aloud, by the voice of the computer that runs OBS</span>
      </label>
      {currency === null ? (
        <p className="hint">This server has no prices, so there is no smallest amount to be set: every tip is shown.</p>
      ) : (
        <div className="field-grid">
          {field("minimum", `Show from, in ${currency}`, "Empty: every tip.")}
          {draft.speech && field("speechMinimum", `Read aloud from, in ${currency}`, "Empty: every tip.")}
        </div>
      )}
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button button-primary" aria-disabled={saving.busy} data-testid="overlay-save">
          Save
        </button>
      </div>
    </form>
  );
}
