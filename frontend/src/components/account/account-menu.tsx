/** Who is signed in, in the header: a button that opens the way to channels, settings, and out. */
import { useEffect, useRef, useState } from "react";
import { signInPath } from "../../core/session";
import { useSession, useSessionView } from "../../hooks/session";
import type { User } from "../../protocol/account-types";
import { Link, navigate } from "../../router";
import { Icon } from "../icons";

const NO_RETURN = /^\/(signin|signup|account\/)/;

export function AccountMenu({ pathname }: { pathname: string }) {
  const view = useSessionView();
  if (view.state === "unknown") return <span className="account-unknown" aria-hidden="true" />;
  if (view.state === "out") {
    return (
      <Link className="button account-sign-in" href={signInPath(NO_RETURN.test(pathname) ? "" : pathname + location.search)}>
        Sign in
      </Link>
    );
  }
  // A new page is a new menu: closed.
  return <Menu key={pathname} user={view.user} pathname={pathname} />;
}

function Menu({ user, pathname }: { user: User; pathname: string }) {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const here = (href: string) => (pathname === href || pathname.startsWith(`${href}/`) ? "page" : undefined);
  const signOut = () => {
    void session.signOut().catch(() => undefined);
    navigate("/");
  };
  return (
    <div
      className="account"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        button.current?.focus();
      }}
      onBlur={(event) => {
        if (event.relatedTarget !== null && !box.current?.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className="account-button"
        aria-expanded={open}
        aria-controls="account-menu"
        data-testid="account"
        onClick={() => setOpen(!open)}
      >
        <Icon name="person" />
        <bdi className="account-name">{user.display_name}</bdi>
        <span className="visually-hidden">, your account</span>
      </button>
      <div className="account-menu" id="account-menu" hidden={!open}>
        <ul>
          <li>
            <Link href="/channels" aria-current={here("/channels")}>
              My channels
            </Link>
          </li>
          <li>
            <Link href="/settings" aria-current={here("/settings")}>
              Settings
            </Link>
          </li>
          {user.role === "admin" && (
            <li>
              <Link href="/admin" aria-current={here("/admin")}>
                Administration
              </Link>
            </li>
          )}
          <li>
            <button type="button" onClick={signOut}>
              Sign out
            </button>
          </li>
        </ul>
      </div>
    </div>
  );
}
