/** Asks for another mail that confirms an address. */
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import { Outcome } from "../outcome";

export function MailAgain({ api, email }: { api: Api; email: string }) {
  const sending = useAction();
  const send = () =>
    sending.run(async () => {
      await api.accounts.askVerification(email);
      return "Another mail is on its way, unless the address is confirmed already.";
    });
  return (
    <div>
      <button type="button" className="link-button" aria-disabled={sending.busy} onClick={() => void send()}>
        Send the mail again
      </button>
      <Outcome action={sending} />
    </div>
  );
}
