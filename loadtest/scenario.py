"""What a load test does, as a TOML file says it: who comes when, does what, and what has to come out. No I/O.

Every field has a default; a key that is not known is an error that names it.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from typing import Annotated

import msgspec

from loadtest.arrivals import Crowd
from loadtest.errors import ScenarioError
from loadtest.safety import DURATION_MAX_S, VIEWERS_MAX
from loadtest.targets import Endpoints, Make, endpoints

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=DURATION_MAX_S)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Rid = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9]{1,16}$")]
LAYERS_MAX = 3
Count = Annotated[int, msgspec.Meta(ge=0, le=VIEWERS_MAX)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the scenario."""


class Target(Part, frozen=True):
    """The server. Keys are better given by the environment (HARMONIE_STREAM_KEY) than written down."""

    url: str = "http://127.0.0.1:8080"
    make: Make = Make.HARMONIE
    whip: str = ""
    whep: str = ""
    hls: str = ""
    channel: str = "demo"
    stream_key: str = ""
    rpc_url: str = ""
    forwarded_for: bool = False
    """Whether each client says to come from an address of its own; for servers that trust this machine as proxy."""

    def endpoints(self, channel: str = "") -> Endpoints:
        """Of this channel, or of the target's own. Raises `ScenarioError`."""
        return endpoints(
            self.make, self.url, channel or self.channel, whip=self.whip, whep=self.whep, hls=self.hls
        )


class VideoCodec(StrEnum):
    """What publishers can encode."""

    H264 = "H264"
    VP8 = "VP8"


class Publishers(Part, frozen=True):
    """`count` artists: the first on the target's channel, further ones on `name-2`, `name-3`, ... Viewers are spread
    over all of them, chatters and tippers are with the first.
    """

    count: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1
    codec: VideoCodec = VideoCodec.H264
    width: Annotated[int, msgspec.Meta(ge=64, le=3840, multiple_of=2)] = 1280
    height: Annotated[int, msgspec.Meta(ge=64, le=2160, multiple_of=2)] = 720
    frames_per_s: Annotated[int, msgspec.Meta(ge=1, le=60)] = 30
    video_bps: Annotated[int, msgspec.Meta(ge=10_000, le=50_000_000)] = 2_500_000
    audio_bps: Annotated[int, msgspec.Meta(ge=6_000, le=510_000)] = 128_000
    keyframe_interval_s: Annotated[int, msgspec.Meta(ge=1, le=20)] = 2
    answers_keyframe_requests: bool = False
    simulcast: tuple[Rid, ...] = ()
    """Names of layers to offer, the best first: each of half the size, and a quarter of the bits, of the one before."""
    file: str = ""
    """What they play instead of a generated picture and sound: any file that FFmpeg reads, encoded anew."""
    loop_s: Annotated[int, msgspec.Meta(ge=8, le=300)] = 8

    def __post_init__(self) -> None:
        if not len(set(self.simulcast)) == len(self.simulcast) <= LAYERS_MAX:
            raise ValueError(f"at most {LAYERS_MAX} layers, each with a name of its own")

    @property
    def turn_s(self) -> int:
        """How long the material is; then it begins anew."""
        return max(self.loop_s, 2 * self.keyframe_interval_s)


class Network(Part, frozen=True):
    """What the loss relay does to what viewers receive."""

    loss: Share = 0.0
    delay_ms: Annotated[float, msgspec.Meta(ge=0, le=10_000)] = 0.0
    reordered: Share = 0.0
    twice: Share = 0.0


class Viewers(Part, frozen=True):
    """An audience. Of those by WebRTC the first `sampled` decode what they get; `hls_share` watch by LL-HLS."""

    count: Count = 0
    hls_share: Share = 0.0
    at_s: Seconds = 0.0
    ramp_per_s: Rate = 10.0
    stay_s: Seconds = 0.0
    churn_per_min: Share = 0.0
    nack: bool = True
    aes_128_gcm: bool = False
    """Whether they offer this profile of SRTP alone, the one the benchmark's floor is of."""
    sampled: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0
    network: Network | None = None

    @property
    def crowd(self) -> Crowd:
        return Crowd(self.count, self.at_s, self.ramp_per_s, self.stay_s, self.churn_per_min)


class Burst(Part, frozen=True):
    """A moment in which everybody writes: `lines` at once."""

    at_s: Seconds
    lines: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "goal!"


class Chatters(Part, frozen=True):
    """Event sockets in the channel's room; together they write `lines_per_s` and react `reactions_per_s` times.

    The first `writers` of them write, the first `reactors` react, the first `signed_in` have an account: made for the
    run by wallet, and deleted after it. Reactors always have one; writers without one are guests, if the channel lets
    them write.
    """

    count: Count = 0
    at_s: Seconds = 0.0
    ramp_per_s: Rate = 50.0
    writers: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 20
    lines_per_s: Rate = 1.0
    signed_in: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0
    reactors: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0
    reactions_per_s: Rate = 0.0
    bursts: tuple[Burst, ...] = ()

    @property
    def crowd(self) -> Crowd:
        return Crowd(self.count, self.at_s, self.ramp_per_s)


class Tippers(Part, frozen=True):
    """Tips on a development chain whose node signs for its accounts (`target.rpc_url`)."""

    tips_per_s: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    at_s: Seconds = 0.0
    amount_wei: Annotated[int, msgspec.Meta(ge=1)] = 10**15
    message: Annotated[str, msgspec.Meta(max_length=200)] = "bravo"


class Readers(Part, frozen=True):
    """Reads of pages and the API: `requests_per_s` over `paths`, in turn."""

    requests_per_s: Rate = 0.0
    paths: tuple[str, ...] = ("/", "/api/v1/channels")


class Thresholds(Part, frozen=True):
    """What has to come out; a run that misses one ends with exit code 1. `None`: not asked for."""

    joined: Share | None = 0.99
    cut: int | None = 0
    """Viewers and artists cut off by the server; more than 0 where its restart is what is tested."""
    came_back: Share | None = 0.99
    away_p99_ms: float | None = None
    first_keyframe_p95_ms: float | None = None
    lost: Share | None = None
    freezes_per_viewer_min: float | None = None
    latency_p99_ms: float | None = None
    chat_lost: int | None = 0
    chat_repeated: int | None = 0
    chat_p99_ms: float | None = None
    reactions_lost: int | None = 0
    tip_p99_ms: float | None = None
    tips_lost: int | None = 0
    hls_joined: Share | None = 0.99
    hls_latency_p99_ms: float | None = None
    hls_stalls_per_viewer_min: float | None = None
    http_p99_ms: float | None = None
    server_lag_p99_ms: float | None = None


class Scenario(Part, frozen=True):
    """One run."""

    name: str = "unnamed"
    duration_s: Annotated[float, msgspec.Meta(gt=0, le=DURATION_MAX_S)] = 30.0
    seed: int = 1
    patience_s: Annotated[float, msgspec.Meta(ge=2, le=30)] = 8.0
    """How long viewers and artists bear a server from which nothing comes. Browsers take 5 s to notice, and Harmonie's
    page waits 3 s more."""
    target: Target = Target()
    publishers: Publishers = Publishers()
    viewers: Viewers = Viewers()
    chatters: Chatters = Chatters()
    tippers: Tippers = Tippers()
    readers: Readers = Readers()
    thresholds: Thresholds = Thresholds()

    @property
    def channels(self) -> tuple[str, ...]:
        """The artists' channels; the target's own where there is no artist of ours."""
        name = self.target.channel
        return (name, *(f"{name}-{number}" for number in range(2, self.publishers.count + 1)))


def keys_of(key: str, artists: int) -> tuple[str, ...]:
    """A stream key for each of so many, from one for all, or one for each with commas between.

    Raises `ScenarioError`.
    """
    keys = tuple(each.strip() for each in key.split(","))
    if len(keys) == 1:
        return keys * max(1, artists)
    if len(keys) != artists:
        raise ScenarioError(
            f"{len(keys)} stream keys for {artists} artists: give one for each, or one for all"
        )
    return keys


def parse_scenario(text: str, overrides: dict[str, object] | None = None) -> Scenario:
    """`overrides` are dotted keys, such as `viewers.count`, that replace what the text says. Raises `ScenarioError`."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"not TOML: {error}") from None
    for key, value in (overrides or {}).items():
        _put(told, key, value)
    try:
        return msgspec.convert(told, Scenario, strict=False)
    except msgspec.ValidationError as error:
        raise ScenarioError(_in_toml_words(str(error))) from None


def _put(told: dict[str, object], key: str, value: object) -> None:
    *path, last = key.split(".")
    table: dict[str, object] = told
    for name in path:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ScenarioError(f"{key}: {name} is not a table")
        table = inner
    table[last] = value


def read_value(text: str) -> object:
    """Of a key given beside the file: lists and tables as in TOML, everything else is text for `parse_scenario`."""
    if text[:1] in ("[", "{"):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise ScenarioError(f"{text}: not TOML: {error}") from None
    return text


def _in_toml_words(message: str) -> str:
    """msgspec says where by a path such as `$.viewers.count`."""
    what, _, where = message.partition(" - at `$.")
    return f"{where.rstrip('`')}: {what}" if where else what
