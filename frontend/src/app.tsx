/** The shell around every page: skip link, header, the page for the address, footer. */
import { lazy, Suspense, useEffect, useRef } from "react";
import { Brand } from "./components/brand";
import { ChannelPage } from "./pages/channel";
import { HomePage } from "./pages/home";
import { NotFoundPage } from "./pages/not-found";
import type { Api } from "./protocol/api";
import { Link, type Route, routeOf, usePathname } from "./router";

// Fans never load the studio.
const StudioPage = lazy(() => import("./pages/studio").then((module) => ({ default: module.StudioPage })));

export function App({ api }: { api: Api }) {
  const pathname = usePathname();
  const route = routeOf(pathname);
  const main = useFocusOnNavigation(pathname);
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="shell-header">
        <Link href="/" className="shell-home" aria-label="Harmonie, home">
          <Brand />
        </Link>
        <nav aria-label="Main">
          <Link href="/" aria-current={route.page === "home" ? "page" : undefined}>
            On stage
          </Link>
          <Link href="/studio" aria-current={route.page === "studio" ? "page" : undefined}>
            Studio
          </Link>
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<p className="shell-loading">Opening the studio…</p>}>
          <Page route={route} api={api} />
        </Suspense>
      </main>
      <footer className="shell-footer">
        <p>Harmonie, a live stage of your own.</p>
      </footer>
    </>
  );
}

function Page({ route, api }: { route: Route; api: Api }) {
  switch (route.page) {
    case "home":
      return <HomePage api={api} />;
    case "studio":
      return <StudioPage api={api} />;
    case "channel":
      return <ChannelPage key={route.name} name={route.name} api={api} />;
    case "missing":
      return <NotFoundPage />;
  }
}

/** A page change without a page load must still be noticed by those who do not see it: the focus moves to the content. */
function useFocusOnNavigation(pathname: string) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus();
  }, [pathname]);
  return main;
}
