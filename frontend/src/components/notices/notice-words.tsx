/** One notice, in words. */
import type { Notice } from "../../core/notices";
import { spanWords } from "../../core/chat-words";

export function NoticeWords({ notice }: { notice: Notice }) {
  const where = <bdi>{notice.channel}</bdi>;
  if (notice.kind === "mention") {
    return (
      <>
        <strong>
          <bdi>{notice.from}</bdi>
        </strong>{" "}
        in {where}: <bdi>{notice.text}</bdi>
      </>
    );
  }
  if (notice.kind === "released") return <>You can write in {where} again.</>;
  const left = notice.untilMs === null ? null : notice.untilMs - Date.now();
  const why = notice.reason === "" ? "" : ` The moderator says: “${notice.reason}”`;
  if (left !== null && left <= 0) return <>You were {notice.kind === "ban" ? "banned from" : "timed out in"} {where}; that is over.</>;
  return (
    <>
      You are {notice.kind === "ban" ? "banned from" : "timed out in"} {where}
      {left === null ? "." : ` for ${spanWords(left)}.`}
      {why}
    </>
  );
}
