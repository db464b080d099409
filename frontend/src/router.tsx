/** Addresses and pages: a small router on the history API. Unknown paths are the caller's to render. */
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";
import { isChannelName } from "./protocol/types";

export type Route =
  | { readonly page: "home" }
  | { readonly page: "studio" }
  | { readonly page: "studio-tips" }
  | { readonly page: "studio-recordings" }
  | { readonly page: "channel"; readonly name: string }
  | { readonly page: "chat"; readonly name: string }
  | { readonly page: "moderate"; readonly name: string }
  | { readonly page: "replay"; readonly name: string; readonly id: string }
  | { readonly page: "signin" }
  | { readonly page: "signup" }
  | { readonly page: "reset" }
  | { readonly page: "verify" }
  | { readonly page: "gone" }
  | { readonly page: "settings"; readonly section: SettingsSection }
  | { readonly page: "mine" }
  | { readonly page: "edit"; readonly name: string }
  | { readonly page: "admin"; readonly section: "people" | "audit" }
  | { readonly page: "missing" };

export const SETTINGS_SECTIONS = ["profile", "security", "sessions", "wallets", "tips", "keys", "privacy"] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

/** Names of pages are reserved: no channel has one of them. */
const PAGES: Readonly<Record<string, Route>> = {
  "/studio": { page: "studio" },
  "/studio/tips": { page: "studio-tips" },
  "/studio/recordings": { page: "studio-recordings" },
  "/signin": { page: "signin" },
  "/signup": { page: "signup" },
  "/account/reset": { page: "reset" },
  "/account/verify": { page: "verify" },
  "/account/gone": { page: "gone" },
  "/settings": { page: "settings", section: "profile" },
  "/channels": { page: "mine" },
  "/admin": { page: "admin", section: "people" },
  "/admin/audit": { page: "admin", section: "audit" },
};

/** First segments that belong to pages with further segments. */
const RESERVED: ReadonlySet<string> = new Set(["account", "settings", "channels", "admin"]);

export function routeOf(pathname: string): Route {
  const path = pathname.replace(/\/+$/, "");
  if (path === "") return { page: "home" };
  const fixed = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
  if (fixed !== undefined) return fixed;
  const section = SETTINGS_SECTIONS.find((each) => path === `/settings/${each}`);
  if (section !== undefined) return { page: "settings", section };
  const edited = path.startsWith("/channels/") ? path.slice("/channels/".length) : "";
  if (isChannelName(edited)) return { page: "edit", name: edited };
  const within = /^\/([^/]+)\/(chat|moderate)$/.exec(path);
  if (within !== null && isChannelName(within[1] as string) && !RESERVED.has(within[1] as string)) {
    return { page: within[2] as "chat" | "moderate", name: within[1] as string };
  }
  const kept = /^\/([^/]+)\/replays\/([\w-]{1,64})$/.exec(path);
  if (kept !== null && isChannelName(kept[1] as string) && !RESERVED.has(kept[1] as string)) {
    return { page: "replay", name: kept[1] as string, id: kept[2] as string };
  }
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

/** Like `navigate`, but the page that is left is not one to come back to. */
export function replace(href: string): void {
  history.replaceState(null, "", href);
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
