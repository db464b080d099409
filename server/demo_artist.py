"""The synthetic artist of the demo: `python -m server.demo_artist --url http://.../whip/stage`.

A process of its own, started by `harmonie serve --demo`. It plays generated music and a generated picture, encodes
them with PyAV and publishes them by FFmpeg's WHIP muxer, so that it is just another client of the public protocol. The
stream key is read from HARMONIE_STREAM_KEY. It begins again, with growing pauses, while the server is not ready, and
when the server no longer shows the channel as live; it ends on SIGTERM or with its parent.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import av
import numpy as np
from av.audio import AudioStream
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video import VideoStream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.leashed import die_with_parent
from server.demo_music import RATE_HZ, Loop, compose
from server.demo_picture import HEIGHT, WIDTH, Painter, clock_text

PICTURES_PER_S = 30
KEYFRAME_INTERVAL_S = 2
VIDEO_BPS = 1_500_000
AUDIO_BPS = 128_000
SOUND_SAMPLES = 960  # 20 ms
FIRST_PAUSE_S, MAX_PAUSE_S = 0.5, 8.0
STEADY_AFTER_S = 20.0  # a broadcast that lasted this long starts the pauses anew
MAX_BEHIND_S = 0.5  # a machine that slept or is overloaded: go on from here rather than hurry
CHECK_INTERVAL_S = 4.0
CHECKS_BEFORE_GIVING_UP = 2
STOP_BOUND_S = 0.8
NICENESS = 5

log = logging.getLogger("harmonie.demo_artist")


def main() -> None:
    """Entry of the process."""
    parser = argparse.ArgumentParser(
        prog="python -m server.demo_artist", description="Keep a demo channel live."
    )
    parser.add_argument(
        "--url", required=True, help="WHIP address of the channel, http://host:port/whip/channel"
    )
    parser.add_argument(
        "--key-from-env",
        action="store_true",
        help="read the key from HARMONIE_STREAM_KEY (the only way there is)",
    )
    parser.add_argument("--parent-pid", type=int, default=os.getppid(), help="end when this parent is gone")
    arguments = parser.parse_args()
    key = os.environ.get("HARMONIE_STREAM_KEY")
    if not key:
        parser.error("the environment variable HARMONIE_STREAM_KEY must hold the channel's stream key")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    logging.getLogger("libav").setLevel(logging.ERROR)
    die_with_parent(arguments.parent_pid)
    stop = threading.Event()
    _stop_on_signal(stop)
    with tempfile.TemporaryDirectory(prefix="harmonie-demo-") as directory:
        credentials = _make_certificate(Path(directory))
        keep_live(arguments.url, key, credentials, stop)


def keep_live(url: str, key: str, credentials: dict[str, str], stop: threading.Event) -> None:
    """Publish until `stop` is set, again and again if need be."""
    loop, painter = compose(PICTURES_PER_S), Painter()
    os.nice(NICENESS)  # from here on; a newcomer is waiting for the preparation
    pause_s = FIRST_PAUSE_S
    while not stop.is_set():
        began = time.monotonic()
        try:
            _perform(url, {**credentials, "authorization": key}, loop, painter, stop)
        except (OSError, ValueError, RuntimeError) as error:  # PyAV's errors derive from these three
            log.warning("not live: %s; trying again in %.1f s", error, pause_s)
        if time.monotonic() - began > STEADY_AFTER_S:
            pause_s = FIRST_PAUSE_S
        stop.wait(pause_s)
        pause_s = min(pause_s * 2, MAX_PAUSE_S)


def _perform(url: str, options: dict[str, str], loop: Loop, painter: Painter, stop: threading.Event) -> None:
    with av.open(url, "w", format="whip", options=options) as container:
        video, audio = _add_streams(container)
        container.start_encoding()
        log.info("live at %s", url)
        watch = _Watch(url, stop)
        sounds = 0
        for pictures, due_s in enumerate(_ticks(stop)):
            if watch.gone.is_set():
                raise RuntimeError("the server no longer shows the channel as live")
            while sounds * SOUND_SAMPLES / RATE_HZ <= due_s:
                container.mux(audio.encode(_sound(loop, sounds)))
                sounds += 1
            now = datetime.now()  # the wall clock of whoever runs the demo
            clock = clock_text(now.hour * 3600 + now.minute * 60 + now.second)
            number = pictures % len(loop.bands)
            picture = painter.paint(due_s, loop.bands[number], float(loop.pulse[number]), clock)
            picture.pts, picture.time_base = pictures, Fraction(1, PICTURES_PER_S)
            container.mux(video.encode(picture))


def _ticks(stop: threading.Event) -> Iterator[float]:
    """Seconds since the beginning at each picture, when it is due; ends when stopped."""
    began = time.monotonic()
    number = 0
    while not stop.is_set():
        due_s = number / PICTURES_PER_S
        wait_s = began + due_s - time.monotonic()
        if wait_s < -MAX_BEHIND_S:
            began -= wait_s
        if wait_s > 0 and stop.wait(wait_s):
            return
        yield due_s
        number += 1


def _add_streams(container: OutputContainer) -> tuple[VideoStream, AudioStream]:
    interval = PICTURES_PER_S * KEYFRAME_INTERVAL_S
    # One slice a picture: slices of uneven size would make uneven packets, which the server could not send in runs.
    x264 = f"keyint={interval}:min-keyint={interval}:scenecut=0:bframes=0:sliced-threads=0:threads=1:repeat-headers=1"
    video = container.add_stream(
        "libx264",
        rate=PICTURES_PER_S,
        options={"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "x264-params": x264},
    )
    audio = container.add_stream(
        "libopus", rate=RATE_HZ, options={"application": "audio", "frame_duration": "20"}
    )
    assert isinstance(video, VideoStream)
    assert isinstance(audio, AudioStream)
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    video.bit_rate = VIDEO_BPS
    video.gop_size = interval
    audio.bit_rate = AUDIO_BPS
    audio.layout = "stereo"
    return video, audio


def _sound(loop: Loop, number: int) -> AudioFrame:
    start = number * SOUND_SAMPLES % len(loop.samples)  # the loop is a whole number of packets long
    samples = np.ascontiguousarray(loop.samples[start : start + SOUND_SAMPLES]).reshape(1, -1)
    frame = AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate = RATE_HZ
    frame.pts, frame.time_base = number * SOUND_SAMPLES, Fraction(1, RATE_HZ)
    return frame


class _Watch:
    """Asks the server now and then if the channel is live; `gone` is set when it says no, or nothing, repeatedly.

    FFmpeg's muxer goes on sending when a server was restarted, so this is how a restart is noticed.
    """

    def __init__(self, whip_url: str, stop: threading.Event) -> None:
        self.gone = threading.Event()
        parts = urlsplit(whip_url)
        path = f"/api/v1/channels/{parts.path.rstrip('/').rpartition('/')[2]}"
        self._url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self._stop = stop
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self) -> None:
        misses = 0
        while misses < CHECKS_BEFORE_GIVING_UP:
            if self._stop.wait(CHECK_INTERVAL_S):
                return
            misses = 0 if self._is_live() else misses + 1
        self.gone.set()

    def _is_live(self) -> bool:
        try:
            with urllib.request.urlopen(self._url, timeout=2) as response:  # noqa: S310 - our own server's address
                channel = json.load(response)
        except urllib.error.HTTPError:
            return True  # a server without this page tells nothing
        except (OSError, ValueError):
            return False
        return not isinstance(channel, dict) or channel.get("state", "live") == "live"


def _make_certificate(directory: Path) -> dict[str, str]:
    """A P-256 certificate for the muxer, as its options. Its own would be P-224, which current OpenSSL refuses."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "demo artist")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = directory / "certificate.pem", directory / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return {"cert_file": str(cert_file), "key_file": str(key_file)}


def _stop_on_signal(stop: threading.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT at once, and end the process when that does not help within a bound.

    Python runs signal handlers between bytecodes of the main thread only, which may be inside FFmpeg, connecting. The
    wake-up descriptor is written by the C handler, and a thread reads it.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    def wait() -> None:
        with contextlib.closing(reader), contextlib.closing(writer):
            reader.recv(1)
            stop.set()
            time.sleep(STOP_BOUND_S)
            os._exit(0)

    threading.Thread(target=wait, name="signals", daemon=True).start()


if __name__ == "__main__":
    main()
