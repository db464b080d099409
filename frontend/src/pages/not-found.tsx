/** For addresses that lead nowhere, and for channels that do not exist. */
import { useTitle } from "../hooks/page";
import { Link } from "../router";

export function NotFoundPage({ channel }: { channel?: string }) {
  useTitle("Not found · Harmonie");
  return (
    <section className="notice" data-testid="not-found">
      <p className="notice-kicker">Wrong door</p>
      <h1>{channel === undefined ? "There is no page here." : `There is no channel called “${channel}”.`}</h1>
      <p>The address may be misspelled, or the channel may have been taken down.</p>
      <p>
        <Link className="button" href="/">
          See who is on stage
        </Link>
      </p>
    </section>
  );
}
