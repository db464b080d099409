/** The address to give to fans. */
import { useCopying } from "../../hooks/copying";
import { Icon } from "../icons";

export function ShareLink({ channel }: { channel: string }) {
  const { field, copy, outcome } = useCopying();
  const address = `${location.origin}/${channel}`;
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
