/** Asks the person to prove who they are, when the server wants that before it does something. */
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { useAction, useLoaded } from "../../hooks/action";
import { useSessionView } from "../../hooks/session";
import type { ProofDesk } from "../../live/proof-desk";
import type { Me, StepUpProof } from "../../protocol/account-types";
import type { Api } from "../../protocol/api";
import { ProblemError } from "../../protocol/problem";
import { useStore } from "../../store";
import { Dialog } from "../dialog";
import { Outcome } from "../outcome";
import { PasswordField } from "../password-field";
import { Waiting } from "../waiting";
import { CodeForm } from "./code-form";
import { WalletButtons } from "./wallet-buttons";

export function StepUpDialog({ desk, api }: { desk: ProofDesk; api: Api }) {
  const question = useStore(desk.store);
  if (question === null) return null;
  return <Asking api={api} onAnswered={question.answered} />;
}

function Asking({ api, onAnswered }: { api: Api; onAnswered: (proven: boolean) => void }) {
  const load = useCallback(() => api.accounts.me(), [api]);
  const loaded = useLoaded(load);
  const me = loaded.value;
  const prove = async (proof: StepUpProof) => {
    await api.accounts.stepUp(proof);
    onAnswered(true);
  };
  const cancel = () => onAnswered(false);
  // Signed out meanwhile, here or from elsewhere: there is nobody left to ask.
  const signedIn = useSessionView().state === "in";
  useEffect(() => {
    if (!signedIn) onAnswered(false);
  }, [signedIn, onAnswered]);
  return (
    <Dialog title="Confirm that it is you" onClose={cancel}>
      <p className="dialog-words">What you are about to do is protected. One proof is enough for the next ten minutes.</p>
      {me === null ? (
        <>
          <Waiting of={loaded} />
          <div className="buttons">
            <button type="button" className="button" onClick={cancel}>
              Cancel
            </button>
          </div>
        </>
      ) : me.second_factor ? (
        <CodeForm action="Confirm" onProof={prove} onCancel={cancel} />
      ) : (
        <FirstFactor me={me} api={api} onProof={prove} onCancel={cancel} />
      )}
    </Dialog>
  );
}

interface FirstFactorProps {
  readonly me: Me;
  readonly api: Api;
  readonly onProof: (proof: StepUpProof) => Promise<void>;
  readonly onCancel: () => void;
}

function FirstFactor({ me, api, onProof, onCancel }: FirstFactorProps) {
  const [password, setPassword] = useState("");
  const [byWallet, setByWallet] = useState(!me.has_password);
  const proving = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void proving.run(async () => {
      try {
        await onProof({ password });
      } catch (error) {
        if (!(error instanceof ProblemError) || error.kind !== "credentials-rejected") throw error;
        throw new Error("This is not your password.", { cause: error });
      }
    });
  };
  if (byWallet) {
    return (
      <div className="form">
        <WalletButtons api={api} purpose="step-up" chainId={null} onProof={(wallet) => onProof({ wallet })} />
        <div className="buttons">
          {me.has_password && (
            <button type="button" className="button" onClick={() => setByWallet(false)}>
              Use the password
            </button>
          )}
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        </div>
      </div>
    );
  }
  return (
    <form className="form" aria-label="Confirm" onSubmit={submit}>
      <input type="text" name="username" autoComplete="username" value={me.user.email ?? ""} readOnly hidden />
      <PasswordField label="Your password" value={password} onChange={setPassword} newFor={null} autoFocus />
      <Outcome action={proving} />
      <div className="buttons">
        <button type="submit" className="button button-primary" aria-disabled={proving.busy}>
          Confirm
        </button>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
      <p>
        <button type="button" className="link-button" onClick={() => setByWallet(true)}>
          Use a wallet of my account
        </button>
      </p>
    </form>
  );
}
