/** Addresses and pages: a small router on the history API. Unknown paths are the caller's to render. */
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";
import { isChannelName } from "./protocol/types";

export type Route =
  | { readonly page: "home" }
  | { readonly page: "studio" }
  | { readonly page: "channel"; readonly name: string }
  | { readonly page: "missing" };

export function routeOf(pathname: string): Route {
  const path = pathname.replace(/\/+$/, "");
  if (path === "") return { page: "home" };
  if (path === "/studio") return { page: "studio" };
  const name = path.slice(1);
  return isChannelName(name) ? { page: "channel", name } : { page: "missing" };
}

/** Fired on the window when a link changed the address without a page load. */
const NAVIGATED = "harmonie:navigated";

/** Fired before that; a page that must not be left just now prevents its default. */
export const LEAVING = "harmonie:leaving";

export function navigate(href: string): void {
  if (!window.dispatchEvent(new Event(LEAVING, { cancelable: true }))) return;
  history.pushState(null, "", href);
  window.dispatchEvent(new Event(NAVIGATED));
}

export function usePathname(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

/** A link within the site. Modified clicks (new tab, download) stay the browser's. */
export function Link({ href, onClick, children, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(NAVIGATED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(NAVIGATED, listener);
  };
}
