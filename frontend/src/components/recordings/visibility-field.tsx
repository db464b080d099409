/** Who may watch something that was or will be recorded. */
import { VISIBILITY_WORDS } from "../../core/recording-words";
import type { Visibility } from "../../protocol/replays";

interface VisibilityFieldProps {
  readonly label: string;
  readonly value: Visibility;
  readonly onChange: (visibility: Visibility) => void;
  readonly testId: string;
}

const CHOICES = Object.keys(VISIBILITY_WORDS) as Visibility[];

export function VisibilityField({ label, value, onChange, testId }: VisibilityFieldProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} data-testid={testId} onChange={(event) => onChange(event.target.value as Visibility)}>
        {CHOICES.map((each) => (
          <option key={each} value={each}>
            {VISIBILITY_WORDS[each]}
          </option>
        ))}
      </select>
    </label>
  );
}
