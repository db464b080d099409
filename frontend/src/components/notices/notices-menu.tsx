/** In the header: how many notices wait, and the list of them. */
import { plural } from "../../core/chat-words";
import { useDisclosure } from "../../hooks/disclosure";
import { useNotices } from "../../hooks/notices";
import { useUser } from "../../hooks/session";
import { Link } from "../../router";
import { useStore } from "../../store";
import { Icon } from "../icons";
import { NoticeWords } from "./notice-words";

const COUNT_MAX = 9;

export function NoticesMenu() {
  const inbox = useNotices();
  const { notices } = useStore(inbox.store);
  const { open, around, button, toggle, close } = useDisclosure();
  const user = useUser();
  if (user === null) return null;
  const count = notices.length;
  return (
    <div className="notices" {...around}>
      <button
        ref={button}
        type="button"
        className="notices-button"
        aria-expanded={open}
        aria-controls="notices"
        data-testid="notices"
        onClick={() => {
          inbox.told();
          toggle();
        }}
      >
        <Icon name="bell" />
        {count > 0 && (
          <span className="notices-count" aria-hidden="true">
            {count > COUNT_MAX ? `${COUNT_MAX}+` : count}
          </span>
        )}
        <span className="visually-hidden">{count === 0 ? "Notices, none new" : plural(count, "new notice")}</span>
      </button>
      <div className="account-menu notices-list" id="notices" hidden={!open}>
        {count === 0 ? (
          <p className="hint">Nothing new. When somebody mentions you in another chat, it is here.</p>
        ) : (
          <>
            <ul>
              {notices.map((notice) => (
                <li key={notice.id} data-testid="notice">
                  <Link href={`/${notice.channel}`} onClick={close}>
                    <NoticeWords notice={notice} />
                  </Link>
                </li>
              ))}
            </ul>
            <button
              type="button"
              onClick={() => {
                inbox.clear();
                close();
                button.current?.focus();
              }}
            >
              Clear all
            </button>
          </>
        )}
      </div>
    </div>
  );
}
