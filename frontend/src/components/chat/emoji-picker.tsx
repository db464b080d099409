/** All emoji, to be searched by name; arrow keys move among them, Escape closes. */
import { type KeyboardEvent, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { findEmoji, QUICK_REACTIONS } from "../../core/emoji";
import { EMOJI_GROUPS } from "../../core/emoji-table";
import { type Point, useFloating } from "../../hooks/floating";

interface EmojiPickerProps {
  readonly at: Point;
  /** The few that are used most come first, for reacting. */
  readonly quick?: boolean;
  readonly onPick: (sign: string) => void;
  readonly onClose: () => void;
}

const FOUND_MAX = 40;

export function EmojiPicker({ at, quick = false, onPick, onClose }: EmojiPickerProps) {
  const box = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const found = query.trim() === "" ? null : findEmoji(query.trim().replaceAll(":", "").replaceAll(" ", "_"), FOUND_MAX);
  useFloating(box, at, onClose, (element) => element.querySelector("input")?.focus());
  const pick = (sign: string) => {
    onClose();
    onPick(sign);
  };
  return createPortal(
    <div ref={box} className="emoji-picker" role="dialog" aria-label="Emoji" data-testid="emoji-picker" onKeyDown={(event) => pressed(event, box.current, onClose)}>
      {quick && (
        <div className="emoji-quick">
          {QUICK_REACTIONS.map((sign) => (
            <Sign key={sign} sign={sign} name={sign} onPick={pick} />
          ))}
        </div>
      )}
      <input
        type="search"
        aria-label="Search emoji"
        placeholder="Search emoji"
        autoComplete="off"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          const first = found?.[0];
          if (event.key !== "Enter" || first === undefined) return;
          event.preventDefault();
          pick(first.sign);
        }}
      />
      <div className="emoji-groups" role="group" aria-label="Results">
        {found === null ? (
          EMOJI_GROUPS.map((group) => (
            <section key={group.title} aria-label={group.title}>
              <h3>{group.title}</h3>
              <div className="emoji-grid">
                {group.emoji.map(({ sign, name }) => (
                  <Sign key={sign} sign={sign} name={name} onPick={pick} />
                ))}
              </div>
            </section>
          ))
        ) : found.length === 0 ? (
          <p className="hint">Nothing by that name.</p>
        ) : (
          <div className="emoji-grid">
            {found.map(({ sign, name }) => (
              <Sign key={sign} sign={sign} name={name} onPick={pick} />
            ))}
          </div>
        )}
      </div>
    </div>,
    document.body,
  );
}

function Sign({ sign, name, onPick }: { sign: string; name: string; onPick: (sign: string) => void }) {
  const words = name.replaceAll("_", " ");
  return (
    <button type="button" className="emoji" tabIndex={-1} title={words} aria-label={words} onClick={() => onPick(sign)}>
      {sign}
    </button>
  );
}

function pressed(event: KeyboardEvent, box: HTMLElement | null, onClose: () => void): void {
  event.stopPropagation();
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    onClose();
    return;
  }
  const signs = [...(box?.querySelectorAll<HTMLElement>(".emoji") ?? [])];
  const at = signs.indexOf(document.activeElement as HTMLElement);
  const field = box?.querySelector("input");
  const typing = at < 0;
  if (typing && (event.key === "ArrowLeft" || event.key === "ArrowRight" || event.key === "ArrowUp")) return;
  const to = neighbour(signs, at, event.key);
  if (to === null) {
    // Letters go on searching.
    if (!typing && event.key.length === 1 && event.key !== " ") field?.focus();
    return;
  }
  event.preventDefault();
  (to < 0 ? field : signs[to])?.focus();
}

/** Rows are as the page laid them out: the sign nearest above or below. -1: up into the field. */
function neighbour(signs: readonly HTMLElement[], at: number, key: string): number | null {
  if (key === "ArrowRight") return Math.min(at + 1, signs.length - 1);
  if (key === "ArrowLeft") return Math.max(at - 1, 0);
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  if (at < 0) return 0;
  const here = (signs[at] as HTMLElement).getBoundingClientRect();
  const down = key === "ArrowDown";
  let best = -1;
  let bestGap = Infinity;
  for (const [index, sign] of signs.entries()) {
    const box = sign.getBoundingClientRect();
    const away = down ? box.top - here.top : here.top - box.top;
    if (away < 4) continue;
    const gap = away * 10 + Math.abs(box.left - here.left);
    if (gap < bestGap) [best, bestGap] = [index, gap];
  }
  return best >= 0 ? best : down ? at : -1;
}
