/** The second factor: a code of the authenticator app, or a recovery code. */
import { useState } from "react";
import { useAction } from "../../hooks/action";
import type { SecondFactorProof } from "../../protocol/account-types";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

interface CodeFormProps {
  readonly action: string;
  readonly onProof: (proof: SecondFactorProof) => Promise<void>;
  readonly onCancel: () => void;
}

export function CodeForm({ action, onProof, onCancel }: CodeFormProps) {
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const proving = useAction();
  return (
    <form
      className="form"
      aria-label="Second factor"
      onSubmit={(event) => {
        event.preventDefault();
        void proving.run(() => onProof(recovery ? { recovery_code: code } : { code }));
      }}
    >
      {recovery ? (
        <TextField
          key="recovery"
          label="Recovery code"
          value={code}
          onChange={setCode}
          required
          autoFocus
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          hint="One of the ten codes you kept when you set up the second factor. Each works once."
        />
      ) : (
        <TextField
          key="code"
          label="Code of your authenticator app"
          name="code"
          value={code}
          onChange={setCode}
          required
          autoFocus
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={10}
          hint="Six digits; another code every 30 seconds."
        />
      )}
      <Outcome action={proving} />
      <div className="buttons">
        <button type="submit" className="button button-primary" aria-disabled={proving.busy}>
          {action}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
      <p>
        <button
          type="button"
          className="link-button"
          onClick={() => {
            setCode("");
            proving.clear();
            setRecovery(!recovery);
          }}
        >
          {recovery ? "Use a code of the app" : "Use a recovery code"}
        </button>
      </p>
    </form>
  );
}
