/** The address to give to fans. */
import { useRef, useState } from "react";
import { Icon } from "../icons";

export function ShareLink({ channel }: { channel: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState("");
  const address = `${location.origin}/${channel}`;
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(address);
      setOutcome("Copied.");
    } catch {
      // Pages from plain HTTP may not write to the clipboard: the address is selected, ready for the person to copy.
      setOutcome("Press Ctrl+C or ⌘C to copy.");
    }
  };
  return (
    <div className="share">
      <label htmlFor="share-link">Your channel</label>
      <span className="field-row">
        <input id="share-link" ref={field} readOnly value={address} onFocus={(event) => event.target.select()} />
        <button type="button" className="button button-icon" onClick={() => void copy()}>
          <Icon name="copy" />
          <span className="visually-hidden">Copy the address</span>
        </button>
        <a className="button" href={`/${channel}`} target="_blank" rel="noopener">
          Open
        </a>
      </span>
      <p className="hint" role="status">
        {outcome}
      </p>
    </div>
  );
}
