/** The second factor: setting it up with an authenticator app, its recovery codes, taking it away. */
import { type FormEvent, lazy, Suspense, useCallback, useState } from "react";
import { people } from "../../core/words";
import { useAction, useLoaded } from "../../hooks/action";
import type { SecondFactorSetup } from "../../protocol/account-types";
import type { Api } from "../../protocol/api";
import { ConfirmDialog } from "../confirm-dialog";
import { Outcome } from "../outcome";
import { SecretOnce } from "../secret-once";
import { TextField } from "../text-field";
import { Waiting } from "../waiting";

const QrCode = lazy(() => import("../qr-code").then((module) => ({ default: module.QrCode })));

type Step = { kind: "status" } | { kind: "setup"; setup: SecondFactorSetup } | { kind: "codes"; codes: readonly string[] };

export function SecondFactorCard({ api, onChanged }: { api: Api; onChanged: () => void }) {
  const load = useCallback(() => api.accounts.secondFactor(), [api]);
  const status = useLoaded(load);
  const [step, setStep] = useState<Step>({ kind: "status" });
  const acting = useAction();
  const [removing, setRemoving] = useState(false);
  const finish = async () => {
    setStep({ kind: "status" });
    await status.reload();
    onChanged();
  };
  const codes = (fresh: readonly string[]) => setStep({ kind: "codes", codes: fresh });

  return (
    <section className="card" aria-label="Second factor">
      <h2>Second factor</h2>
      {step.kind === "codes" && (
        <SecretOnce title="Recovery codes" secrets={step.codes} fileName="harmonie-recovery-codes.txt" onDone={() => void finish()}>
          <p>When your app is lost, each of these lets you in once. They are shown only now: keep them somewhere safe.</p>
        </SecretOnce>
      )}
      {step.kind === "setup" && (
        <Setup api={api} setup={step.setup} onCodes={codes} onCancel={() => setStep({ kind: "status" })} />
      )}
      {step.kind === "status" && status.value === null && <Waiting of={status} />}
      {step.kind === "status" && status.value?.enabled === false && (
        <>
          <p>Besides your password or wallet, a code of an app on your phone. Whoever has only the one stays outside.</p>
          <div className="buttons">
            <button
              type="button"
              className="button button-primary"
              aria-disabled={acting.busy}
              onClick={() => void acting.run(async () => setStep({ kind: "setup", setup: await api.accounts.beginSecondFactor() }))}
            >
              Set up
            </button>
          </div>
        </>
      )}
      {step.kind === "status" && status.value?.enabled === true && (
        <>
          <p>
            <strong>On.</strong> {people(status.value.recovery_codes_left, "recovery code", "recovery codes")} left.
          </p>
          <div className="buttons">
            <button
              type="button"
              className="button"
              aria-disabled={acting.busy}
              onClick={() => void acting.run(async () => codes(await api.accounts.newRecoveryCodes()))}
            >
              New recovery codes
            </button>
            <button type="button" className="button" onClick={() => setRemoving(true)}>
              Turn off
            </button>
          </div>
        </>
      )}
      <Outcome action={acting} />
      {removing && (
        <ConfirmDialog
          title="Turn the second factor off?"
          action="Turn off"
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await api.accounts.removeSecondFactor();
            setRemoving(false);
            await finish();
          }}
        >
          <p>From then on the password or a wallet alone opens your account. The recovery codes stop working.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

interface SetupProps {
  readonly api: Api;
  readonly setup: SecondFactorSetup;
  readonly onCodes: (codes: readonly string[]) => void;
  readonly onCancel: () => void;
}

function Setup({ api, setup, onCodes, onCancel }: SetupProps) {
  const [code, setCode] = useState("");
  const confirming = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void confirming.run(async () => onCodes(await api.accounts.confirmSecondFactor(code)));
  };
  return (
    <form className="form" aria-label="Set up" onSubmit={submit}>
      <p>Scan this with your authenticator app, or type the secret into it. Then enter the code it shows.</p>
      <Suspense fallback={<p>Drawing the code…</p>}>
        <QrCode text={setup.uri} label="QR code for your authenticator app; the secret below is the same" />
      </Suspense>
      <p>
        Secret: <code className="totp-secret" data-testid="totp-secret">{setup.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
      </p>
      <TextField
        label="Code"
        value={code}
        onChange={setCode}
        required
        autoFocus
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
      />
      <Outcome action={confirming} />
      <div className="buttons">
        <button type="submit" className="button button-primary" aria-disabled={confirming.busy}>
          Turn on
        </button>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
