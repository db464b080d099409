// Runs in every page before its own scripts, and lets a test see what a person would see and hear.
// It keeps the page's peer connections; nothing in the pages knows of it.
(() => {
  const peers = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      peers.push(this);
    }
  };

  // The fan's player; the studio shows the artist's own picture.
  const video = () => document.querySelector("[data-testid=player-video]") ?? document.querySelector("video");
  const peer = () => peers.findLast((each) => each.connectionState !== "closed") ?? null;

  // Firefox keeps no playback quality of live streams, so frames are counted as they are shown.
  const shown = new WeakMap();
  function count(element) {
    if (!shown.has(element)) {
      const next = () => {
        shown.set(element, shown.get(element) + 1);
        element.requestVideoFrameCallback(next);
      };
      shown.set(element, -1);
      next();
    }
    return Math.max(shown.get(element), element.getVideoPlaybackQuality().totalVideoFrames);
  }

  async function report(type, kind) {
    const entries = new Map();
    (await peer()?.getStats())?.forEach((entry) => entries.set(entry.id, entry));
    const found = [...entries.values()].filter((entry) => entry.type === type && entry.kind === kind);
    // A codec is the first of what is sent now; a stopped stream may still be listed.
    const entry = found.find((each) => each.active !== false) ?? found[0];
    if (entry === undefined) return null;
    const codec = entries.get(entry.codecId);
    return { ...entry, codec: codec?.mimeType?.split("/")[1] ?? null, fmtp: codec?.sdpFmtpLine ?? null };
  }

  let canvas = null;
  function picture() {
    const element = video();
    if (element === null || element.videoWidth === 0) return null;
    canvas ??= Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(element, 0, 0, 320, 180);
    const mean = (x, y) => {
      const { data } = context.getImageData(x - 3, y - 3, 6, 6);
      const sums = [0, 0, 0];
      for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c += 1) sums[c] += data[i + c];
      return sums.map((sum) => (sum * 4) / data.length);
    };
    let counter = 0;
    for (let bit = 0; bit < 16; bit += 1) if (mean(bit * 20 + 10, 10)[1] > 128) counter += 1 << bit;
    return { counter, bars: Array.from({ length: 8 }, (_, bar) => mean(bar * 40 + 20, 40)), ground: mean(160, 120) };
  }

  // What comes by HLS is no stream of its own.
  const captured = new Map();
  function sounding() {
    const element = video();
    if (!element || element.srcObject) return element?.srcObject;
    if (!captured.has(element.src) && element.readyState > 1) captured.set(element.src, element.captureStream());
    return captured.get(element.src);
  }

  let listening = null;
  async function tones() {
    const stream = sounding();
    if (!stream || stream.getAudioTracks().length === 0) return null;
    if (listening?.stream !== stream) {
      await listening?.context.close();
      const context = new AudioContext();
      await context.resume();
      const split = context.createChannelSplitter(2);
      context.createMediaStreamSource(stream).connect(split);
      const ears = [0, 1].map((channel) => {
        const ear = Object.assign(context.createAnalyser(), { fftSize: 8192, smoothingTimeConstant: 0 });
        split.connect(ear, channel);
        return ear;
      });
      listening = { stream, context, ears };
    }
    const { context, ears } = listening;
    return ears.map((ear) => {
      const spectrum = new Float32Array(ear.frequencyBinCount);
      ear.getFloatFrequencyData(spectrum);
      const loudest = spectrum.reduce((best, level, bin) => (level > spectrum[best] ? bin : best), 0);
      const level = spectrum[loudest];
      return { hz: (loudest * context.sampleRate) / ear.fftSize, db: Number.isFinite(level) ? level : -1000 };
    });
  }

  window.probe = {
    state: (name) => document.querySelector(`[data-testid=${name}]`)?.dataset.state ?? null,
    text: (name) => document.querySelector(`[data-testid=${name}]`)?.textContent ?? null,
    player() {
      const element = video();
      if (element === null) return null;
      const player = document.querySelector("[data-testid=player]");
      return {
        frames: count(element),
        width: element.videoWidth,
        height: element.videoHeight,
        paused: element.paused,
        muted: element.muted,
        firstFrameMs: player.dataset.firstFrameMs === undefined ? null : Number(player.dataset.firstFrameMs),
      };
    },
    picture,
    tones,
    sending: (kind) => report("outbound-rtp", kind),
    receiving: (kind) => report("inbound-rtp", kind),
    connections: () => peers.length,
    connectionState: () => peer()?.connectionState ?? null,
    localDescription: () => peer()?.localDescription?.sdp ?? null,
  };
})();
