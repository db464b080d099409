/** A password, shown on demand; a new one comes with a hint on its strength. */
import { useId, useState } from "react";
import { passwordHint } from "../core/password";
import { Icon } from "./icons";

interface PasswordFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** For a new password: the person's address, which must not be part of it. Null for one that exists. */
  readonly newFor: string | null;
  readonly autoFocus?: boolean;
}

export function PasswordField({ label, value, onChange, newFor, autoFocus = false }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  const id = useId();
  const hint = newFor === null ? null : passwordHint(value, newFor);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="field-row">
        <input
          id={id}
          name={newFor === null ? "password" : "new-password"}
          type={shown ? "text" : "password"}
          value={value}
          required
          autoFocus={autoFocus}
          autoComplete={newFor === null ? "current-password" : "new-password"}
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby={hint === null ? undefined : `${id}-hint`}
          onChange={(event) => onChange(event.target.value)}
        />
        <button type="button" className="button button-icon" aria-pressed={shown} onClick={() => setShown(!shown)}>
          <Icon name="eye" />
          <span className="visually-hidden">{shown ? "Hide the password" : "Show the password"}</span>
        </button>
      </span>
      {hint !== null && (
        <>
          <span className="strength" data-grade={hint.grade} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <p className="hint" id={`${id}-hint`} role="status">
            {hint.words}
          </p>
        </>
      )}
    </div>
  );
}
