/** For admins: the people of this server, and what was done. */
import { Guarded } from "../components/account/guarded";
import { AuditLog } from "../components/admin/audit-log";
import { People } from "../components/admin/people";
import { useTitle } from "../hooks/page";
import type { Api } from "../protocol/api";
import { Link } from "../router";

export function AdminPage({ section, api }: { section: "people" | "audit"; api: Api }) {
  useTitle("Administration · Harmonie");
  return (
    <Guarded path={section === "audit" ? "/admin/audit" : "/admin"}>
      {(user) =>
        user.role !== "admin" ? (
          <section className="notice">
            <p className="notice-kicker">Wrong door</p>
            <h1>This page is for admins.</h1>
          </section>
        ) : (
          <div className="backstage backstage-wide">
            <h1>Administration</h1>
            <nav className="tabs" aria-label="Administration">
              <ul>
                <li>
                  <Link href="/admin" aria-current={section === "people" ? "page" : undefined}>
                    People
                  </Link>
                </li>
                <li>
                  <Link href="/admin/audit" aria-current={section === "audit" ? "page" : undefined}>
                    Audit log
                  </Link>
                </li>
              </ul>
            </nav>
            <div className="backstage-cards">{section === "people" ? <People api={api} me={user} /> : <AuditLog api={api} />}</div>
          </div>
        )
      }
    </Guarded>
  );
}
