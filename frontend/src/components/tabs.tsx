/** Tabs over one panel, by pointer and by the arrow keys. */
import { type KeyboardEvent, type ReactNode, useId } from "react";

interface TabsProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly T[];
  readonly chosen: T;
  readonly onChoose: (tab: T) => void;
  /** How many there are of something; nothing is shown for none. */
  readonly counts?: Readonly<Partial<Record<T, number>>>;
  readonly children: ReactNode;
}

export function Tabs<T extends string>({ label, tabs, chosen, onChoose, counts, children }: TabsProps<T>) {
  const id = useId();
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(chosen) + step + tabs.length) % tabs.length] as T;
    onChoose(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <>
      <div className="desk-tabs" role="tablist" aria-label={label} onKeyDown={pressed}>
        {tabs.map((each) => (
          <button
            key={each}
            id={`${id}-${each}`}
            type="button"
            role="tab"
            aria-selected={chosen === each}
            aria-controls={`${id}-panel`}
            tabIndex={chosen === each ? 0 : -1}
            onClick={() => onChoose(each)}
          >
            {each}
            {(counts?.[each] ?? 0) > 0 && <span className="desk-count">{counts?.[each]}</span>}
          </button>
        ))}
      </div>
      <div className="desk-panel" role="tabpanel" tabIndex={0} id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </>
  );
}
