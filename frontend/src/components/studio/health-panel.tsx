/** How the broadcast is doing: one sentence, then the numbers behind it. */
import type { Grade, Health } from "../../core/health";
import type { PublisherState } from "../../core/publisher";
import { bitrate } from "../../core/words";

const GRADE_WORDS: Record<Grade, string> = { starting: "Starting", good: "Good", fair: "Fair", poor: "Poor" };

export function HealthPanel({ state, health }: { state: PublisherState; health: Health | null }) {
  const grade = state === "live" ? (health?.grade ?? "starting") : "poor";
  if (state !== "live" || health === null) {
    return (
      <section className="health" data-testid="health" data-grade={state === "live" ? "starting" : grade} aria-label="Connection health">
        <p className="health-words">{state === "live" ? "Measuring…" : "Not connected."}</p>
      </section>
    );
  }
  return (
    <section className="health" data-testid="health" data-grade={grade} aria-label="Connection health">
      <p className="health-words" aria-live="polite">
        <strong>{GRADE_WORDS[grade]}.</strong> {health.words}
      </p>
      <dl className="health-numbers">
        <Figure label="Sending" value={bitrate(health.bitrateBps)} />
        {health.framesPerSecond !== null && (
          <Figure label="Picture" value={`${health.width} × ${health.height}, ${Math.round(health.framesPerSecond)} /s`} />
        )}
        <Figure label="Round trip" value={health.roundTripMs === null ? "–" : `${Math.round(health.roundTripMs)} ms`} />
        <Figure label="Lost" value={`${(health.loss * 100).toFixed(1)} %`} />
        {health.codec !== null && <Figure label="Codec" value={health.codec} />}
      </dl>
    </section>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
