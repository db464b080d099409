/** What is left to say to somebody who deleted their account. */
import { useTitle } from "../hooks/page";
import { Link } from "../router";

export function GonePage() {
  useTitle("Goodbye · Harmonie");
  return (
    <section className="notice" role="status">
      <p className="notice-kicker">The last note</p>
      <h1>Your account is deleted.</h1>
      <p>You are signed out everywhere. The stage stays open to you as a listener.</p>
      <p>
        <Link className="button" href="/">
          See who is on stage
        </Link>
      </p>
    </section>
  );
}
