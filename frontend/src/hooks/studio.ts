/** The studio's machinery bound to React: devices follow the settings, the broadcast follows the devices. */
import { useEffect, useState } from "react";
import { planOf, type StudioSettings } from "../core/settings";
import { alreadyAllowed, Capture, capturePossible } from "../live/capture";
import { Publisher } from "../live/publisher";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { isChannelName } from "../protocol/types";
import { LEAVING } from "../router";
import { useStore } from "../store";

export function useCapture(settings: StudioSettings): Capture {
  const { height, framesPerSecond, music } = settings;
  const [capture] = useState(() => new Capture({ height, framesPerSecond }, music));
  useEffect(() => {
    const stop = capture.start();
    if (capturePossible()) void alreadyAllowed().then((allowed) => (allowed ? capture.open() : undefined));
    return stop;
  }, [capture]);
  useEffect(() => void capture.setPicture({ height, framesPerSecond }), [capture, height, framesPerSecond]);
  useEffect(() => void capture.setMusic(music), [capture, music]);
  return capture;
}

export function usePublisher(api: Api, settings: StudioSettings, capture: Capture): Publisher {
  const [publisher] = useState(() => new Publisher(api));
  const { audio, video } = useStore(capture.store);
  useEffect(() => () => publisher.stop(), [publisher]);
  useEffect(() => void publisher.setTracks({ audio, video }), [publisher, audio, video]);
  useEffect(() => void publisher.setPlan(planOf(settings)), [publisher, settings]);
  return publisher;
}

/** Ask before a live broadcast is ended by leaving the page. */
export function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const unloading = (event: BeforeUnloadEvent) => event.preventDefault();
    const leaving = (event: Event) => {
      if (!confirm("You are live. Leaving the studio ends the broadcast. Leave?")) event.preventDefault();
    };
    window.addEventListener("beforeunload", unloading);
    window.addEventListener(LEAVING, leaving);
    return () => {
      window.removeEventListener("beforeunload", unloading);
      window.removeEventListener(LEAVING, leaving);
    };
  }, [active]);
}

/** A name that is being typed is not asked for letter by letter. */
const TYPING_MS = 600;

/** What the server says about the channel, while `wanted`. */
export function useChannel(api: Api, name: string, wanted: boolean): [Channel | null, (channel: Channel) => void] {
  const [channel, setChannel] = useState<Channel | null>(null);
  useEffect(() => {
    if (!wanted || !isChannelName(name)) return undefined;
    let stop: () => void = () => undefined;
    const timer = setTimeout(() => {
      stop = api.watchChannel(name, { state: setChannel, connected: () => undefined });
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [api, name, wanted]);
  return [channel?.name === name ? channel : null, setChannel];
}
