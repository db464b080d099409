/** A notice that came just now, for a moment; it stays in the header's list. Where one points at it or is in it, it waits. */
import { useEffect, useState } from "react";
import { useNotices } from "../../hooks/notices";
import { Link } from "../../router";
import { useStore } from "../../store";
import { Icon } from "../icons";
import { NoticeWords } from "./notice-words";

const SHOWN_MS = 12_000;

export function FreshNotice() {
  const inbox = useNotices();
  const { fresh } = useStore(inbox.store);
  const [touched, setTouched] = useState(false);
  useEffect(() => {
    if (fresh === null || touched) return undefined;
    const timer = setTimeout(() => inbox.told(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [inbox, fresh, touched]);
  const leave = () => setTouched(false);
  return (
    <div className="fresh" role="status">
      {fresh !== null && (
        <div
          className="fresh-card"
          data-testid="fresh-notice"
          onPointerEnter={() => setTouched(true)}
          onPointerLeave={leave}
          onFocus={() => setTouched(true)}
          onBlur={leave}
          onKeyDown={(event) => {
            if (event.key === "Escape") inbox.told();
          }}
        >
          <Link href={`/${fresh.channel}`} onClick={() => inbox.told()}>
            <NoticeWords notice={fresh} />
          </Link>
          <button
            type="button"
            className="chat-tool"
            aria-label="Put the notice away"
            onClick={() => {
              leave();
              inbox.dismiss(fresh.id);
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
