/** What a button opens below itself: closed by Escape, by a press elsewhere, and when the focus goes on. */
import { type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";

export function useDisclosure() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const around = {
    ref: box,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !open) return;
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    },
    onBlur: (event: FocusEvent) => {
      if (event.relatedTarget !== null && !box.current?.contains(event.relatedTarget)) setOpen(false);
    },
  };
  return { open, around, button, toggle: () => setOpen(!open), close: () => setOpen(false) };
}
