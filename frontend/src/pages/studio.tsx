/** Where an artist goes live: devices, sound check, the big button, and how the broadcast is doing. */
import { useRef, useState } from "react";
import { ChannelForm } from "../components/studio/channel-form";
import { DevicePickers } from "../components/studio/device-pickers";
import { GoLive } from "../components/studio/go-live";
import { EncoderNotice } from "../components/studio/encoder-notice";
import { HealthPanel } from "../components/studio/health-panel";
import { LevelMeterView } from "../components/studio/level-meter";
import { MusicMode } from "../components/studio/music-mode";
import { QualityPickers } from "../components/studio/quality-pickers";
import { RecordingCard } from "../components/studio/recording-card";
import { ShareLink } from "../components/studio/share-link";
import { StagePreview } from "../components/studio/stage-preview";
import { TipDeskLink } from "../components/studio/tip-desk-link";
import { TitleField } from "../components/studio/title-field";
import { DEFAULT_SETTINGS, planOf, type StudioSettings } from "../core/settings";
import { people } from "../core/words";
import { useTitle } from "../hooks/page";
import { useMyChannels } from "../hooks/my-channels";
import { useStored } from "../hooks/stored";
import { useCapture, useChannel, useLeaveWarning, usePublisher } from "../hooks/studio";
import { useTarget } from "../hooks/target";
import { capturePossible } from "../live/capture";
import type { Api } from "../protocol/api";
import { isChannelName } from "../protocol/types";
import { useStore } from "../store";
import "../styles/recordings.css";
import "../styles/studio.css";

export function StudioPage({ api }: { api: Api }) {
  const [target, setTarget] = useTarget();
  const [settings, setSettings] = useStored<StudioSettings>("harmonie.studio", DEFAULT_SETTINGS);
  const capture = useCapture(settings);
  const publisher = usePublisher(api, settings, capture);
  const captured = useStore(capture.store);
  const view = useStore(publisher.store);
  const health = useStore(publisher.health);
  const [complaint, setComplaint] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const active = view.state === "connecting" || view.state === "live" || view.state === "reconnecting";
  const mine = useMyChannels(api);
  const owned = mine.value?.some(({ name }) => name === target.channel) ?? false;
  const [channel, setChannel] = useChannel(api, target.channel, active || owned || target.key !== "");
  useLeaveWarning(active);
  useTitle(`${view.state === "live" ? "● Live · " : ""}Studio · Harmonie`);

  const goLive = async () => {
    setComplaint(null);
    const wrong = complaintAbout(target.channel, target.key);
    if (wrong !== null) {
      setComplaint(wrong.words);
      form.current?.querySelector<HTMLInputElement>(`[name=${wrong.field}]`)?.focus();
      return;
    }
    if (!capturePossible()) {
      setComplaint("Your browser gives this page no camera and no microphone. The note on this page says why.");
      return;
    }
    if (!capture.store.get().asked) await capture.open();
    const { audio, video } = capture.store.get();
    if (audio === null && video === null) setComplaint("There is nothing to send yet: choose a camera or a microphone.");
    else publisher.goLive(target, planOf(settings), { audio, video });
  };

  return (
    <div className="studio" data-testid="studio" data-state={view.state}>
      <h1 className="visually-hidden">Studio</h1>
      {!capturePossible() && <InsecureNotice />}
      <section className="studio-stage" aria-label="Preview and broadcast">
        <StagePreview captured={captured} mirror={settings.mirror} onOpen={() => void capture.open()} />
        <LevelMeterView track={captured.audio} channels={settings.music ? 2 : 1} />
        <GoLive
          view={view}
          channel={target.channel}
          occupied={!active && channel?.live === true}
          opening={captured.opening}
          complaint={complaint}
          onGo={() => void goLive()}
          onStop={() => publisher.stop()}
        />
        {active && (
          <div className="studio-live">
            <HealthPanel state={view.state} health={health} />
            <p className="studio-viewers">
              <strong data-testid="studio-viewers">{channel?.viewers ?? 0}</strong>{" "}
              {people(channel?.viewers ?? 0, "viewer", "viewers").replace(/^\S+ /, "")} right now
            </p>
          </div>
        )}
        {owned && channel?.live === true && <EncoderNotice key={`encoder ${target.channel}`} api={api} channel={target.channel} />}
        {isChannelName(target.channel) && <ShareLink channel={target.channel} />}
        {owned && <RecordingCard key={`recording ${target.channel}`} api={api} channel={target.channel} liveSince={channel?.live === true ? channel.started_at : null} />}
        {owned && <TipDeskLink api={api} channel={target.channel} />}
      </section>
      <div className="studio-settings">
        <ChannelForm api={api} form={form} mine={mine.value} target={target} onChange={setTarget} locked={active} onSubmit={() => void goLive()} />
        <TitleField key={target.channel} api={api} target={target} channel={channel} owned={owned} onSaved={setChannel} />
        <DevicePickers capture={capture} captured={captured} />
        <MusicMode settings={settings} onChange={setSettings} />
        <QualityPickers settings={settings} onChange={setSettings} />
      </div>
    </div>
  );
}

function complaintAbout(channel: string, key: string): { words: string; field: string } | null {
  if (channel === "") return { words: "Which channel? Enter its name.", field: "channel" };
  if (!isChannelName(channel)) {
    return { words: "A channel's name has 1 to 32 lower-case letters, digits and dashes.", field: "channel" };
  }
  if (key === "") return { words: "Enter the channel's stream key.", field: "key" };
  return null;
}

function InsecureNotice() {
  return (
    <div className="card card-warning" role="alert">
      <h2>This page cannot use your devices</h2>
      <p>
        Browsers hand out cameras and microphones only to pages that came over HTTPS, or from this very machine. Open the
        studio at an https address, or at http://localhost on the server itself. Publishing from OBS works either way.
      </p>
    </div>
  );
}
