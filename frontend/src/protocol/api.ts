/**
 * The JSON API and its event streams.
 *
 * Talks only the public protocol; keeps no state but the configuration it fetched once for the page.
 */
import { AccountsApi } from "./accounts";
import { ChannelsApi } from "./channels";
import { ChatApi } from "./chat";
import { type AskForProof, Client, type TokenSource } from "./client";
import { ModerationApi } from "./moderation";
import { OverlayApi } from "./overlay";
import { request } from "./problem";
import { TipHistoryApi } from "./tip-history";
import { TipsApi } from "./tips";
import type { Channel, IceServer, ServerConfig } from "./types";

export interface EventsListener<T> {
  /** A fresh snapshot: once at connect, then at every change. */
  state(value: T): void;
  /** Whether the stream is up. The browser reconnects by itself; while it is down, snapshots are stale. */
  connected(up: boolean): void;
}

export class Api {
  #config: Promise<ServerConfig> | null = null;
  #iceServers: IceServer[] = [];
  /** In the name of whoever is signed in. */
  readonly accounts: AccountsApi;
  readonly channels: ChannelsApi;
  readonly chat: ChatApi;
  readonly moderation: ModerationApi;
  readonly overlay: OverlayApi;
  readonly tips: TipsApi;
  readonly tipHistory: TipHistoryApi;

  constructor(tokens: TokenSource, askForProof: AskForProof) {
    const client = new Client(tokens, askForProof);
    this.accounts = new AccountsApi(client);
    this.channels = new ChannelsApi(client);
    this.chat = new ChatApi(client);
    this.moderation = new ModerationApi(client);
    this.overlay = new OverlayApi(client);
    this.tips = new TipsApi(client);
    this.tipHistory = new TipHistoryApi(client);
  }

  /** The server's configuration, fetched once per page. Falls back to an empty one: playing does not need it. */
  config(): Promise<ServerConfig> {
    this.#config ??= request("/api/v1/config")
      .then((response) => response.json() as Promise<ServerConfig>)
      .then((config) => {
        this.#iceServers = config.ice_servers.map((server) => ({ ...server }));
        return config;
      })
      .catch(() => {
        this.#config = null;
        return { ice_servers: [], hls: true, demo: false, version: "" };
      });
    return this.#config;
  }

  /** ICE servers as far as they are known now: the first connect is not held up for them. */
  iceServers(): IceServer[] {
    return this.#iceServers;
  }

  /** Raises ProblemError (404) or NetworkError. */
  async channel(name: string): Promise<Channel> {
    return (await (await request(channelUrl(name))).json()) as Channel;
  }

  /** Raises ProblemError (401, 403, 404, 422) or NetworkError. */
  async setTitle(name: string, key: string, title: string): Promise<Channel> {
    const response = await request(channelUrl(name), {
      method: "PATCH",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
      body: JSON.stringify({ title }),
    });
    return (await response.json()) as Channel;
  }

  /** Follow one channel. Returns the function that stops. */
  watchChannel(name: string, listener: EventsListener<Channel>): () => void {
    return listen(`${channelUrl(name)}/events`, "state", (data) => data as Channel, listener);
  }

  /** Follow the list of all channels, live ones first. Returns the function that stops. */
  watchChannels(listener: EventsListener<readonly Channel[]>): () => void {
    return listen("/api/v1/events", "channels", (data) => (data as { channels: Channel[] }).channels, listener);
  }
}

const REOPEN_MS = 5000;

/**
 * An EventSource that also survives an HTTP error. The browser retries after a lost connection, but gives up for good
 * when the answer is a failure, which is what a proxy sends while the server restarts.
 */
function listen<T>(url: string, event: string, parse: (data: unknown) => T, listener: EventsListener<T>): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => listener.connected(true));
    source.addEventListener(event, (message) => {
      listener.state(parse(JSON.parse((message as MessageEvent<string>).data)));
    });
    source.addEventListener("error", () => {
      listener.connected(false);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function channelUrl(name: string): string {
  return `/api/v1/channels/${encodeURIComponent(name)}`;
}
