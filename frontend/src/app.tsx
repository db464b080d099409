/** The shell around every page: skip link, header, the page for the address, footer. */
import { lazy, Suspense, useEffect, useRef } from "react";
import { AccountMenu } from "./components/account/account-menu";
import { Brand } from "./components/brand";
import { FreshNotice } from "./components/notices/fresh-notice";
import { NoticesMenu } from "./components/notices/notices-menu";
import { PageBoundary } from "./components/page-boundary";
import { ChannelPage } from "./pages/channel";
import { GonePage } from "./pages/gone";
import { HomePage } from "./pages/home";
import { NotFoundPage } from "./pages/not-found";
import type { ProofDesk } from "./live/proof-desk";
import type { Api } from "./protocol/api";
import { Link, type Route, routeOf, usePathname } from "./router";
import { useStore } from "./store";

// Fans who only watch load none of these.
const StudioPage = lazy(() => import("./pages/studio").then((module) => ({ default: module.StudioPage })));
const StudioTipsPage = lazy(() => import("./pages/studio-tips").then((module) => ({ default: module.StudioTipsPage })));
const StudioRecordingsPage = lazy(() =>
  import("./pages/studio-recordings").then((module) => ({ default: module.StudioRecordingsPage })),
);
const ReplayPage = lazy(() => import("./pages/replay").then((module) => ({ default: module.ReplayPage })));
const SignInPage = lazy(() => import("./pages/signin").then((module) => ({ default: module.SignInPage })));
const SignUpPage = lazy(() => import("./pages/signup").then((module) => ({ default: module.SignUpPage })));
const ResetPage = lazy(() => import("./pages/reset").then((module) => ({ default: module.ResetPage })));
const VerifyPage = lazy(() => import("./pages/verify").then((module) => ({ default: module.VerifyPage })));
const SettingsPage = lazy(() => import("./pages/settings").then((module) => ({ default: module.SettingsPage })));
const MyChannelsPage = lazy(() => import("./pages/my-channels").then((module) => ({ default: module.MyChannelsPage })));
const EditChannelPage = lazy(() => import("./pages/edit-channel").then((module) => ({ default: module.EditChannelPage })));
const ChatPage = lazy(() => import("./pages/chat").then((module) => ({ default: module.ChatPage })));
const ModeratePage = lazy(() => import("./pages/moderate").then((module) => ({ default: module.ModeratePage })));
const AdminPage = lazy(() => import("./pages/admin").then((module) => ({ default: module.AdminPage })));
const StepUpDialog = lazy(() =>
  import("./components/account/step-up-dialog").then((module) => ({ default: module.StepUpDialog })),
);

export function App({ api, desk }: { api: Api; desk: ProofDesk }) {
  const pathname = usePathname();
  const route = routeOf(pathname);
  const main = useFocusOnNavigation(pathname);
  const asking = useStore(desk.store) !== null;
  if (route.page === "chat") {
    return (
      <main id="main" className="bare" ref={main} tabIndex={-1}>
        <Suspense fallback={<p className="shell-loading">One moment…</p>}>
          <Page route={route} api={api} />
        </Suspense>
        <FreshNotice />
      </main>
    );
  }
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
          <Link href="/studio" aria-current={route.page === "studio" ? "page" : route.page.startsWith("studio-") ? "true" : undefined}>
            Studio
          </Link>
          <NoticesMenu />
          <AccountMenu pathname={pathname} />
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <PageBoundary key={route.page}>
          <Suspense fallback={<p className="shell-loading">One moment…</p>}>
            <Page route={route} api={api} />
          </Suspense>
        </PageBoundary>
      </main>
      <FreshNotice />
      <footer className="shell-footer">
        <p>Harmonie, a live stage of your own.</p>
      </footer>
      {asking && (
        <PageBoundary>
          <Suspense fallback={null}>
            <StepUpDialog desk={desk} api={api} />
          </Suspense>
        </PageBoundary>
      )}
    </>
  );
}

function Page({ route, api }: { route: Route; api: Api }) {
  switch (route.page) {
    case "home":
      return <HomePage api={api} />;
    case "studio":
      return <StudioPage api={api} />;
    case "studio-tips":
      return <StudioTipsPage api={api} />;
    case "studio-recordings":
      return <StudioRecordingsPage api={api} />;
    case "replay":
      return <ReplayPage key={route.id} name={route.name} id={route.id} api={api} />;
    case "channel":
      return <ChannelPage key={route.name} name={route.name} api={api} />;
    case "chat":
      return <ChatPage key={route.name} name={route.name} api={api} />;
    case "moderate":
      return <ModeratePage key={route.name} name={route.name} api={api} />;
    case "signin":
      return <SignInPage api={api} />;
    case "signup":
      return <SignUpPage api={api} />;
    case "reset":
      return <ResetPage api={api} />;
    case "verify":
      return <VerifyPage api={api} />;
    case "gone":
      return <GonePage />;
    case "settings":
      return <SettingsPage section={route.section} api={api} />;
    case "mine":
      return <MyChannelsPage api={api} />;
    case "edit":
      return <EditChannelPage key={route.name} name={route.name} api={api} />;
    case "admin":
      return <AdminPage section={route.section} api={api} />;
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
    // A page may have put the focus into its first field already.
    if (!main.current?.contains(document.activeElement)) main.current?.focus();
  }, [pathname]);
  return main;
}
