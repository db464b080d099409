/**
 * Keeps the site standing when a page cannot be shown: mostly because its code could not be fetched, while offline or
 * after the server got other pages. Loading the site again then helps; it is done by itself when the network comes back.
 */
import { Component, type ReactNode } from "react";

interface State {
  readonly broken: boolean;
}

/** Give it a `key` per page: another page gets another try. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { broken: false };

  static getDerivedStateFromError(): State {
    return { broken: true };
  }

  override componentDidUpdate(_: unknown, before: State): void {
    if (this.state.broken && !before.broken) window.addEventListener("online", loadAgain);
  }

  override componentWillUnmount(): void {
    window.removeEventListener("online", loadAgain);
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <section className="notice" role="alert" data-testid="page-broken">
        <p className="notice-kicker">A string broke</p>
        <h1>This page could not be shown.</h1>
        <p>The server may be out of reach, or has just been renewed. Check your connection, then load the page again.</p>
        <p>
          <button type="button" className="button" onClick={loadAgain}>
            Load again
          </button>
        </p>
      </section>
    );
  }
}

function loadAgain(): void {
  location.reload();
}
