/** Below the messages: the person's own lines that are on their way, and where one writes, or why one cannot. */
import { barrierOf, closedBarrier } from "../../core/chat-words";
import { UNSUPPORTED } from "../../core/events";
import { shown } from "../../core/outbox";
import { signInPath } from "../../core/session";
import type { ChatRoom, ChatView } from "../../live/chat-room";
import { Link } from "../../router";
import { GuestForm } from "./guest-form";

/** The way to write, or why there is none. */
export function Foot({ view, room, path, nowMs, children }: { view: ChatView; room: ChatRoom; path: string; nowMs: number; children: React.ReactNode }) {
  const { connection } = view;
  if (connection.state === "refused") return <Closed code={connection.code} onRetry={() => room.reconnect()} />;
  // The strip says why.
  if (view.room?.state === "refused" || view.room?.state === "closed") return null;
  const barrier = barrierOf(view.you, view.chat.settings, nowMs);
  if (!view.known || view.you === null) return <div className="composer composer-waiting" />;
  if (barrier === null) return children;
  return (
    <div className="barrier" data-testid="barrier" data-code={view.you.refusal?.code ?? view.you.role}>
      <p>
        <strong>{barrier.title}</strong> {barrier.words}
      </p>
      {barrier.signIn && (
        <div className="buttons">
          <Link className="button button-primary" href={signInPath(path)}>
            Sign in
          </Link>
          {view.chat.settings.guests && <GuestForm room={room} />}
        </div>
      )}
    </div>
  );
}

/** The connection was ended for a reason that does not pass by itself. */
function Closed({ code, onRetry }: { code: number | null; onRetry: () => void }) {
  const { title, words } = closedBarrier(code);
  return (
    <div className="barrier" role="alert" data-testid="barrier" data-code={code ?? undefined}>
      <p>
        <strong>{title}</strong> {words}
      </p>
      <div className="buttons">
        {code === UNSUPPORTED ? (
          <button type="button" className="button" onClick={() => location.reload()}>
            Load again
          </button>
        ) : (
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** The person's own lines that the room does not show yet. */
export function Unsaid({ room, view }: { room: ChatRoom; view: ChatView }) {
  const unsaid = shown(view.outbox, performance.now());
  if (unsaid.length === 0) return null;
  return (
    <ul className="unsaid" aria-label="Not sent yet">
      {unsaid.map((line) => (
        <li key={line.key} data-state={line.state} data-testid="unsaid">
          <bdi>{line.text}</bdi>
          {line.state === "sending" ? (
            <span className="hint">Sending…</span>
          ) : (
            <>
              <span className="problem" role="alert">
                {line.why}
              </span>
              <span className="buttons">
                <button type="button" className="link-button" onClick={() => room.sayAgain(line.key)}>
                  Send again
                </button>
                <button type="button" className="link-button" onClick={() => room.discard(line.key)}>
                  Discard
                </button>
              </span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
