/** Which way the broadcast is watched, quietly, and the menu to choose another. */
import { useRef, useState } from "react";
import type { WayChoice, WayView } from "../core/way";
import { wayName, wayTitle } from "../core/words";
import type { Point } from "../hooks/floating";
import type { Delay } from "../live/watcher";
import { type Store, useStore } from "../store";
import { Menu, type MenuItem } from "./menu";

interface PlayerWayProps {
  readonly way: WayView;
  readonly soundOnly: boolean;
  readonly delay: Store<Delay>;
  readonly onChoose: (choice: WayChoice) => void;
  readonly onSoundOnly: (soundOnly: boolean) => void;
}

const CHOICES: readonly (readonly [WayChoice, string])[] = [
  ["auto", "Automatic"],
  ["realtime", "Real time"],
  ["hls", "HLS: a little later, with rewind"],
];

export function PlayerWay({ way, soundOnly, delay, onChoose, onSoundOnly }: PlayerWayProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [at, setAt] = useState<Point | null>(null);
  const { latencyMs } = useStore(delay);
  const open = () => {
    const box = button.current?.getBoundingClientRect();
    if (box !== undefined) setAt({ x: box.left, y: box.top });
  };
  const ways: MenuItem[] = CHOICES.map(([choice, label]) => ({ label, checked: way.choice === choice, onSelect: () => onChoose(choice) }));
  const kinds: MenuItem[] = [
    { label: "Picture and sound", checked: !soundOnly, onSelect: () => onSoundOnly(false) },
    { label: "Sound only", checked: soundOnly, onSelect: () => onSoundOnly(true) },
  ];
  return (
    <>
      <button
        ref={button}
        type="button"
        className="player-way"
        data-testid="way"
        data-latency-ms={latencyMs === null ? undefined : Math.round(latencyMs)}
        aria-haspopup="menu"
        aria-expanded={at !== null}
        aria-label={`How to watch: ${wayTitle(way)}`}
        title={wayTitle(way)}
        onClick={open}
      >
        {wayName(way)}
      </button>
      {at !== null && <Menu title={wayTitle(way)} at={at} groups={[ways, kinds]} onClose={() => setAt(null)} />}
    </>
  );
}
