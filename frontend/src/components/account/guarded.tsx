/** Shows a page to those who are signed in; others are asked to, and come back. */
import type { ReactNode } from "react";
import { signInPath } from "../../core/session";
import { useSessionView } from "../../hooks/session";
import type { User } from "../../protocol/account-types";
import { Link } from "../../router";

export function Guarded({ path, children }: { path: string; children: (user: User) => ReactNode }) {
  const view = useSessionView();
  switch (view.state) {
    case "unknown":
      return (
        <p className="shell-loading" role="status">
          {view.unreachable ? "The server could not be reached. Trying again…" : "One moment…"}
        </p>
      );
    case "out":
      return (
        <section className="notice" data-testid="signed-out">
          <p className="notice-kicker">Backstage</p>
          <h1>{view.ended ? "You were signed out." : "Sign in first."}</h1>
          <p>{view.ended ? "Your session has ended here. Sign in again to go on." : "This page is about your own account."}</p>
          <p>
            <Link className="button" href={signInPath(path)}>
              Sign in
            </Link>
          </p>
        </section>
      );
    case "in":
      return children(view.user);
  }
}
