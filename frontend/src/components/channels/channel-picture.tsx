/** A channel's picture, or the art made from its name. */
import type { Channel } from "../../protocol/types";
import { NameArt } from "../name-art";

export function ChannelPicture({ channel, large = false }: { channel: Pick<Channel, "name" | "picture">; large?: boolean }) {
  const { name, picture } = channel;
  const side = large ? 128 : 56;
  return (
    <span className={large ? "picture picture-large" : "picture"}>
      {picture ? (
        <img src={large ? picture.large : picture.small} alt="" width={side} height={side} />
      ) : (
        <NameArt name={name} />
      )}
    </span>
  );
}
