/** A menu of things to do, opened at a point. Arrow keys move, Escape and Tab close, and the focus returns where it was. */
import { type KeyboardEvent, useId, useRef } from "react";
import { createPortal } from "react-dom";
import { type Point, useFloating } from "../hooks/floating";

export interface MenuItem {
  readonly label: string;
  readonly onSelect: () => void;
  readonly danger?: boolean;
  /** Of several that exclude each other, whether it is the one. */
  readonly checked?: boolean;
}

interface MenuProps {
  readonly title: string;
  readonly at: Point;
  /** Groups are divided by a line; empty ones are left out. */
  readonly groups: readonly (readonly MenuItem[])[];
  readonly onClose: () => void;
}

export function Menu({ title, at, groups, onClose }: MenuProps) {
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useFloating(box, at, onClose, (element) => itemsOf(element)[0]?.focus());
  return createPortal(
    <div ref={box} className="menu" role="menu" aria-labelledby={id} data-testid="menu" onKeyDown={(event) => pressed(event, box.current, onClose)}>
      <p className="menu-title" id={id}>
        {title}
      </p>
      {groups
        .filter((group) => group.length > 0)
        .map((group, index) => (
          // Groups have no identity of their own and do not move while the menu is open.
          <div role="group" key={index}>
            {group.map((item) => (
              <button
                key={item.label}
                type="button"
                role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={item.checked}
                tabIndex={-1}
                className={item.danger === true ? "menu-item menu-danger" : "menu-item"}
                onClick={() => {
                  onClose();
                  item.onSelect();
                }}
              >
                {item.label}
              </button>
            ))}
          </div>
        ))}
    </div>,
    // Within the page's landmarks.
    document.fullscreenElement ?? document.getElementById("main") ?? document.body,
  );
}

function itemsOf(box: HTMLElement | null): HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
}

function pressed(event: KeyboardEvent, box: HTMLElement | null, onClose: () => void): void {
  // Nothing of this is the player's.
  event.stopPropagation();
  const items = itemsOf(box);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const go = (index: number) => {
    event.preventDefault();
    items[(index + items.length) % items.length]?.focus();
  };
  switch (event.key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at <= 0 ? items.length - 1 : at - 1);
    case "Home":
      return go(0);
    case "End":
      return go(items.length - 1);
    case "Escape":
    case "Tab":
      event.preventDefault();
      return onClose();
    default: {
      if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || event.key === " ") return;
      const found = items.findIndex((item, index) => index > at && begins(item, event.key));
      const first = found >= 0 ? found : items.findIndex((item) => begins(item, event.key));
      if (first >= 0) go(first);
    }
  }
}

function begins(item: HTMLElement, letter: string): boolean {
  return item.textContent?.toLowerCase().startsWith(letter.toLowerCase()) === true;
}
