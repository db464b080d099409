/** What moderators do with the message of a tip: read what is withheld, show it to everyone, hide it from everyone. */
import { useState } from "react";
import type { TipModerationDeeds } from "../../hooks/tips";
import type { Tip } from "../../protocol/tips";

export function TipModeration({ tip, deeds }: { tip: Tip; deeds: TipModerationDeeds }) {
  const [withheld, setWithheld] = useState("");
  if (tip.message_state === "shown") {
    return tip.message === "" ? null : <Deed words="Hide the message" onPress={() => deeds.decide(tip, "hidden")} />;
  }
  if (withheld === "") return <Deed words="Read it" onPress={() => void deeds.read(tip).then(setWithheld)} />;
  return (
    <>
      <bdi className="tip-message" data-testid="tip-withheld">
        {withheld}
      </bdi>{" "}
      <Deed words="Show it to everyone" onPress={() => deeds.decide(tip, "shown")} />
      {tip.message_state === "held" && <Deed words="Hide it" onPress={() => deeds.decide(tip, "hidden")} />}
    </>
  );
}

function Deed({ words, onPress }: { words: string; onPress: () => void }) {
  return (
    <button type="button" className="link-button tip-moderate" onClick={onPress}>
      {words}
    </button>
  );
}
