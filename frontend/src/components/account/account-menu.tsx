/** Who is signed in, in the header: a button that opens the way to channels, settings, and out. */
import { signInPath } from "../../core/session";
import { useDisclosure } from "../../hooks/disclosure";
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
  const { open, around, button, toggle } = useDisclosure();
  const here = (href: string) => (pathname === href || pathname.startsWith(`${href}/`) ? "page" : undefined);
  const signOut = () => {
    void session.signOut().catch(() => undefined);
    navigate("/");
  };
  return (
    <div className="account" {...around}>
      <button
        ref={button}
        type="button"
        className="account-button"
        aria-expanded={open}
        aria-controls="account-menu"
        data-testid="account"
        onClick={toggle}
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
