/** Follow, follow no more, and how many do. */
import { people } from "../../core/words";
import { signInPath } from "../../core/session";
import { useFollow } from "../../hooks/following";
import { useSessionView } from "../../hooks/session";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { Link } from "../../router";

export function FollowButton({ api, channel }: { api: Api; channel: Channel }) {
  const view = useSessionView();
  const { followed, toggle, action } = useFollow(api, channel.name);
  return (
    <div className="follow">
      {/* While it is not known yet who is there, nobody is led to sign in. */}
      {view.state !== "out" ? (
        <button
          type="button"
          className={followed ? "button" : "button button-primary"}
          aria-pressed={followed ?? false}
          disabled={followed === null || action.busy}
          data-testid="follow"
          onClick={() => void toggle(!followed)}
        >
          {followed ? "Following" : "Follow"}
        </button>
      ) : (
        <Link className="button" href={signInPath(`/${channel.name}`)} data-testid="follow">
          Follow
        </Link>
      )}
      <span className="follow-count" data-testid="followers">
        {people(channel.followers, "follower", "followers")}
      </span>
      <span className="problem" role="alert">
        {action.problem}
      </span>
    </div>
  );
}
