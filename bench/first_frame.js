// Measures in the page: milliseconds from `new RTCPeerConnection` to the first frame on the screen, and to the
// steps on the way. `whep` is a URL, or null for a connection of the page to itself.
async (whep) => {
  const began = performance.now();
  const marks = {};
  const mark = (step) => {
    marks[step] ??= performance.now() - began;
  };
  const connection = new RTCPeerConnection();
  const video = document.createElement("video");
  video.muted = video.autoplay = video.playsInline = true;
  document.body.replaceChildren(video);
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  connection.ontrack = ({ track }) => {
    if (track.kind === "video") video.srcObject = new MediaStream([track]);
  };
  connection.onconnectionstatechange = () => mark(connection.connectionState);
  connection.addTransceiver("audio", { direction: "recvonly" });
  connection.addTransceiver("video", { direction: "recvonly" });
  const offer = await connection.createOffer();
  const described = connection.setLocalDescription(offer);
  const far = whep === null ? await sender(connection) : await server(whep);
  const answer = await far.answer(offer);
  mark("answered");
  await described;
  await connection.setRemoteDescription({ type: "answer", sdp: answer });
  await shown;
  mark("first frame");
  connection.close();
  await far.end();
  return marks;

  async function server(url) {
    let session;
    return {
      answer: async ({ sdp }) => {
        const response = await fetch(url, { method: "POST", body: sdp, headers: { "Content-Type": "application/sdp" } });
        if (response.status !== 201) throw new Error(`${url}: ${response.status}`);
        session = response.headers.get("Location");
        return response.text();
      },
      end: () => fetch(session, { method: "DELETE" }),
    };
  }

  async function sender(viewer) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const paint = canvas.getContext("2d");
    let number = 0;
    const painting = setInterval(() => paint.fillRect(number++ % 1280, 0, 1, 720), 33);
    const publisher = new RTCPeerConnection();
    publisher.onicecandidate = ({ candidate }) => candidate && viewer.addIceCandidate(candidate).catch(() => {});
    viewer.onicecandidate = ({ candidate }) => candidate && publisher.addIceCandidate(candidate).catch(() => {});
    return {
      answer: async (offer) => {
        await publisher.setRemoteDescription(offer);
        for (const track of canvas.captureStream(30).getTracks()) publisher.addTrack(track);
        await publisher.setLocalDescription();
        return publisher.localDescription.sdp;
      },
      end: async () => {
        clearInterval(painting);
        publisher.close();
      },
    };
  }
};
