/** Something shown only this once: to be copied or kept as a file now. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { saveFile } from "../live/save-file";

interface SecretOnceProps {
  readonly title: string;
  /** Line by line. */
  readonly secrets: readonly string[];
  /** The name of the file to keep it in; none without. */
  readonly fileName?: string;
  readonly onDone: () => void;
  readonly children?: ReactNode;
}

export function SecretOnce({ title, secrets, fileName, onDone, children }: SecretOnceProps) {
  const [outcome, setOutcome] = useState("");
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  const text = secrets.join("\n");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("Copied.");
    } catch {
      // Pages from plain HTTP may not write to the clipboard: the text is selected, ready for the person to copy.
      const list = box.current?.querySelector(".secret-text");
      if (list) getSelection()?.selectAllChildren(list);
      setOutcome("Press Ctrl+C or ⌘C to copy.");
    }
  };
  return (
    <section className="secret" ref={box} tabIndex={-1} aria-label={title} data-testid="secret">
      <h2>{title}</h2>
      {children}
      <ul className="secret-text">
        {secrets.map((secret) => (
          <li key={secret}>
            <code>{secret}</code>
          </li>
        ))}
      </ul>
      <div className="buttons">
        <button type="button" className="button button-primary" onClick={() => void copy()}>
          Copy
        </button>
        {fileName !== undefined && (
          <button type="button" className="button" onClick={() => saveFile(new Blob([`${text}\n`], { type: "text/plain" }), fileName)}>
            Download
          </button>
        )}
        <button type="button" className="button" onClick={onDone}>
          I have kept it
        </button>
      </div>
      <p className="hint" role="status">
        {outcome}
      </p>
    </section>
  );
}
