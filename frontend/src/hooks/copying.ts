/** Copying what stands in a field. */
import { type RefObject, useCallback, useRef, useState } from "react";

interface Copying {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly copy: () => Promise<void>;
  /** What became of it. */
  readonly outcome: string;
}

export function useCopying(): Copying {
  const field = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState("");
  const copy = useCallback(async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(field.current?.value ?? "");
      setOutcome("Copied.");
    } catch {
      // Pages from plain HTTP may not write to the clipboard: the text is selected, ready for the person to copy.
      setOutcome("Press Ctrl+C or ⌘C to copy.");
    }
  }, []);
  return { field, copy, outcome };
}
