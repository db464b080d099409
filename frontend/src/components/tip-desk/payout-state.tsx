/** Whether tips can come at all: they need a wallet to belong to. */
import { Link } from "../../router";

export function PayoutState({ name, artist }: { name: string; artist: string | null }) {
  const where = `/channels/${name}`;
  if (artist === null) {
    return (
      <section className="card card-warning" aria-label="Payout wallet" data-testid="payout-state">
        <h2>Nobody can tip you yet</h2>
        <p>Tips belong to a wallet of yours. Say which, and the button to tip appears on your channel.</p>
        <div className="buttons">
          <Link className="button button-primary" href={where}>
            Set the payout wallet
          </Link>
        </div>
      </section>
    );
  }
  return (
    <p className="payout-state" data-testid="payout-state">
      Tips go to <code className="address">{artist}</code> <Link href={where}>Change it</Link>
    </p>
  );
}
