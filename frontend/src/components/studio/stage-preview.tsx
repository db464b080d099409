/** The artist's own picture, never their own sound. */
import { useEffect, useRef } from "react";
import { type CaptureSnapshot, capturePossible } from "../../live/capture";

interface StagePreviewProps {
  readonly captured: CaptureSnapshot;
  readonly mirror: boolean;
  readonly onOpen: () => void;
}

export function StagePreview({ captured, mirror, onOpen }: StagePreviewProps) {
  const video = useRef<HTMLVideoElement>(null);
  const { video: track, camera, asked, opening } = captured;
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.srcObject = track === null ? null : new MediaStream([track]);
    if (track !== null) void element.play().catch(() => undefined);
  }, [track]);
  return (
    <div className="stage-preview" data-mirror={mirror && camera.kind !== "screen"}>
      <video ref={video} data-testid="preview" muted playsInline aria-label="Your preview" hidden={track === null} />
      {track === null && (
        <div className="stage-preview-empty">
          <div className="staff" aria-hidden="true" />
          {!asked && capturePossible() ? (
            <>
              <p>Your browser will ask whether this page may use your devices.</p>
              <button type="button" className="button button-primary" data-testid="open-devices" onClick={onOpen}>
                Turn on camera and microphone
              </button>
            </>
          ) : (
            <p>{opening ? "Opening your devices…" : camera.kind === "none" ? "Sound only." : "No picture."}</p>
          )}
        </div>
      )}
    </div>
  );
}
