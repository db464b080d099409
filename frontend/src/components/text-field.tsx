/** A labelled line of text with an optional hint below. */
import { type InputHTMLAttributes, type ReactNode, useId } from "react";

interface TextFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  /** Marks the field as wrong; the hint says why. */
  readonly wrong?: boolean;
}

export function TextField({ label, value, onChange, hint, wrong = false, ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={value}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        aria-invalid={wrong || undefined}
        onChange={(event) => onChange(event.target.value)}
        {...rest}
      />
      {hint !== undefined && (
        <p className={wrong ? "problem" : "hint"} id={`${id}-hint`} aria-live="polite">
          {hint}
        </p>
      )}
    </div>
  );
}

/** An e-mail address; password managers fill it in. */
export function EmailField({ value, onChange, ...rest }: Omit<TextFieldProps, "label">) {
  return (
    <TextField
      label="E-mail address"
      name="email"
      type="email"
      value={value}
      onChange={onChange}
      required
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      {...rest}
    />
  );
}
