/** The chat alone, for a window of its own beside the player's, or beside OBS. */
import { Chat } from "../components/chat/chat";
import { useTitle } from "../hooks/page";
import type { Api } from "../protocol/api";

export function ChatPage({ name, api }: { name: string; api: Api }) {
  useTitle(`Chat · ${name} · Harmonie`);
  return (
    <div className="chat-page">
      <h1 className="visually-hidden">{name}</h1>
      <Chat name={name} api={api} place="alone" path={`/${name}/chat`} />
    </div>
  );
}
