/** Camera and microphone, with what went wrong beside the one it went wrong with. */
import type { SourceChoice } from "../../core/capturing";
import { type Capture, type CaptureSnapshot, capturePossible } from "../../live/capture";

export function DevicePickers({ capture, captured }: { capture: Capture; captured: CaptureSnapshot }) {
  const of = (kind: MediaDeviceKind) => captured.devices.filter((device) => device.kind === kind);
  return (
    <section className="card" aria-label="Devices">
      <h2>Picture and sound</h2>
      <Picker
        label="Camera"
        testId="camera"
        choice={captured.camera}
        current={captured.video}
        devices={of("videoinput")}
        screen={capturePossible() && "getDisplayMedia" in navigator.mediaDevices}
        none="No picture, sound only"
        problem={captured.videoProblem}
        onChoose={(choice) => void capture.chooseCamera(choice)}
      />
      <Picker
        label="Microphone"
        testId="microphone"
        choice={captured.microphone}
        current={captured.audio}
        devices={of("audioinput")}
        screen={false}
        none="No sound, picture only"
        problem={captured.audioProblem}
        onChoose={(choice) => void capture.chooseMicrophone(choice)}
      />
    </section>
  );
}

interface PickerProps {
  readonly label: string;
  readonly testId: string;
  readonly choice: SourceChoice;
  readonly current: MediaStreamTrack | null;
  readonly devices: readonly MediaDeviceInfo[];
  readonly screen: boolean;
  readonly none: string;
  readonly problem: string | null;
  readonly onChoose: (choice: SourceChoice) => void;
}

function Picker({ label, testId, choice, current, devices, screen, none, problem, onChoose }: PickerProps) {
  const problemId = `${testId}-problem`;
  // While the browser's default is open, show which one that is.
  const opened = choice.kind === "default" ? current?.getSettings().deviceId : undefined;
  const value = choice.kind === "device" ? `device:${choice.id}` : opened && devices.some((d) => d.deviceId === opened) ? `device:${opened}` : choice.kind;
  return (
    <div className="field">
      <label htmlFor={testId}>{label}</label>
      <select
        id={testId}
        data-testid={testId}
        value={value}
        aria-describedby={problem === null ? undefined : problemId}
        onChange={(event) => onChoose(choiceOf(event.target.value))}
      >
        <option value="default">The browser's choice</option>
        {devices.map((device, index) => (
          <option key={device.deviceId} value={`device:${device.deviceId}`}>
            {device.label || `${label} ${index + 1}`}
          </option>
        ))}
        {screen && <option value="screen">Share a screen or window…</option>}
        <option value="none">{none}</option>
      </select>
      {problem !== null && (
        <p className="problem" id={problemId} role="alert">
          {problem}{" "}
          <button type="button" className="link-button" onClick={() => onChoose(choice)}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

function choiceOf(value: string): SourceChoice {
  if (value.startsWith("device:")) return { kind: "device", id: value.slice("device:".length) };
  return { kind: value === "none" || value === "screen" ? value : "default" };
}
