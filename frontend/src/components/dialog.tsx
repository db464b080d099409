/** A modal dialog: the browser keeps the focus inside, Escape closes it, and the focus returns where it was, or close to it. */
import { type ReactNode, useEffect, useId, useRef } from "react";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = withAround(document.activeElement);
    element?.showModal();
    return () => {
      element?.close();
      before.find((each) => each.isConnected)?.focus();
      // What had the focus may be gone or cannot have it now: then the dialog below, or the page, goes on.
      if (document.activeElement === document.body) {
        const below = [...document.querySelectorAll<HTMLElement>("dialog[open]")].at(-1);
        (below ?? document.getElementById("main"))?.focus();
      }
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      tabIndex={-1}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // A second Escape closes it in some browsers without asking.
      onClose={onClose}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** The element, and what around it can have the focus, from the inside: a list, when the line in it is deleted meanwhile. */
function withAround(element: Element | null): readonly HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let each = element; each !== null; each = each.parentElement?.closest("[tabindex]") ?? null) {
    if (each instanceof HTMLElement && each.id !== "main") found.push(each);
  }
  return found;
}
