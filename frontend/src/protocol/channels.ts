/** Channels as their owners and followers use them. Every method raises ProblemError, NetworkError, or GivenUp. */
import type { Client } from "./client";
import type { Broadcast, Channel, ChannelLink, ListPage, Moderator } from "./types";

export interface ChannelChange {
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
  readonly links?: readonly ChannelLink[];
}

export class ChannelsApi {
  constructor(private readonly client: Client) {}

  /** With `followed` as it is for the person. */
  get(name: string): Promise<Channel> {
    return this.client.get(url(name));
  }

  /** The channels that belong to a person, by name. */
  async ownedBy(userId: string): Promise<readonly Channel[]> {
    const { channels } = await this.client.get<{ channels: Channel[] }>("/api/v1/channels");
    return channels.filter((channel) => channel.owner?.id === userId).sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The channels that the person follows. */
  async followed(): Promise<readonly Channel[]> {
    return (await this.client.get<{ channels: Channel[] }>("/api/v1/channels?followed=1")).channels;
  }

  create(name: string, title: string): Promise<{ channel: Channel; stream_key: string }> {
    return this.client.call("POST", "/api/v1/channels", { name, ...(title && { title }) });
  }

  change(name: string, change: ChannelChange): Promise<Channel> {
    return this.client.call("PATCH", url(name), change);
  }

  delete(name: string): Promise<null> {
    return this.client.call("DELETE", url(name));
  }

  /** The new key; the old one stops working at once, and so does a broadcast that was begun with it. */
  async rotateKey(name: string): Promise<string> {
    return (await this.client.call<{ stream_key: string }>("POST", `${url(name)}/stream-key`)).stream_key;
  }

  async setPicture(name: string, file: Blob): Promise<Channel> {
    const init = { method: "PUT", headers: { "Content-Type": file.type }, body: file };
    return (await (await this.client.send(`${url(name)}/picture`, init)).json()) as Channel;
  }

  removePicture(name: string): Promise<Channel> {
    return this.client.call("DELETE", `${url(name)}/picture`);
  }

  /** An empty address takes it away. */
  setPayoutWallet(name: string, address: string): Promise<Channel> {
    const path = `${url(name)}/payout-wallet`;
    return address === "" ? this.client.call("DELETE", path) : this.client.call("PUT", path, { address });
  }

  setFollowed(name: string, followed: boolean): Promise<Channel> {
    return this.client.call(followed ? "PUT" : "DELETE", `${url(name)}/follow`);
  }

  async moderators(name: string): Promise<readonly Moderator[]> {
    return (await this.client.get<{ items: Moderator[] }>(`${url(name)}/moderators`)).items;
  }

  /** `who` is an id, or exactly a display name that one person has. */
  addModerator(name: string, who: string): Promise<Moderator> {
    return this.client.call("POST", `${url(name)}/moderators`, { user: who });
  }

  removeModerator(name: string, id: string): Promise<null> {
    return this.client.call("DELETE", `${url(name)}/moderators/${encodeURIComponent(id)}`);
  }

  broadcasts(name: string): Promise<ListPage<Broadcast>> {
    return this.client.get(`${url(name)}/broadcasts?limit=20`);
  }
}

function url(name: string): string {
  return `/api/v1/channels/${encodeURIComponent(name)}`;
}
