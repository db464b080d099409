"""Every setting of Harmonie, declared once.

From each declaration come the environment variable (``HARMONIE_PORT``), the key in ``harmonie.toml`` (``port``),
the flag of ``harmonie serve`` (``--port``) and a row of the README's configuration table.
"""

from dataclasses import dataclass, field, fields
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, cast

from config import kinds
from config.kinds import Kind

ENVIRONMENT_PREFIX = "HARMONIE_"
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a setting before it has a value."""

    name: str
    kind: Kind
    default: Any
    help: str
    secret: bool

    @property
    def environment_name(self) -> str:
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def _setting(kind: Kind, default: Any, help: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"kind": kind, "help": help, "secret": secret})


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings of one server, built once at start. ``repr`` shows no secret."""

    host: str = _setting(
        kinds.text("a host name or address", "HOST"),
        "0.0.0.0",  # noqa: S104 (a server for others listens for others)
        "Address the HTTP server and the media port listen on. With `demo` it is 127.0.0.1 unless set.",
    )
    port: int = _setting(kinds.port(), 8080, "TCP port of the HTTP server; 0 takes a free one.")
    udp_port: int = _setting(kinds.port(), 8189, "UDP port all media goes through; 0 takes a free one.")
    data_dir: Path = _setting(
        kinds.path(), Path("data"), "Directory for the database and files; one server per directory."
    )
    demo: bool = _setting(
        kinds.switch(), False, "Try it out: channel `demo` with key `demo`, and a performance on `stage`."
    )
    demo_artist: bool = _setting(kinds.switch(), True, "With `demo`, keep `stage` live with generated music.")
    demo_fan_s: float = _setting(
        kinds.seconds(_DAY_S),
        150.0,
        "With `demo`, about how often a synthetic fan tips on `stage` while somebody watches; 0 for never.",
    )
    public_addresses: tuple[str, ...] = _setting(
        kinds.ip_addresses(), (), "Addresses viewers reach this machine at, when it is behind NAT."
    )
    database_url: str = _setting(
        kinds.text("postgresql://USER:PASSWORD@HOST/NAME or sqlite:///PATH", "URL"),
        "",
        "PostgreSQL or SQLite; empty is SQLite in `data_dir`.",
        secret=True,
    )
    redis_url: str = _setting(
        kinds.redis_url(),
        "",
        "Redis 7 for events, when several processes serve one stage; empty keeps them in this process.",
        secret=True,
    )
    ice_servers: tuple[str, ...] = _setting(
        kinds.ice_servers(), (), "STUN and TURN servers told to browsers.", secret=True
    )
    cors_origins: tuple[str, ...] = _setting(
        kinds.origins(),
        ("*",),
        "Origins whose pages may call the API, WHIP and WHEP; `none` for no other than this site's.",
    )
    trusted_proxies: tuple[str, ...] = _setting(
        kinds.networks(), (), "Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."
    )
    max_sessions_per_address: int = _setting(
        kinds.integer(1, 1_000_000), 64, "Publishing and watching sessions one client address may hold."
    )
    max_event_connections: int = _setting(
        kinds.integer(0, 1_000_000), 20_000, "Event connections (`/ws`) this process holds."
    )
    max_event_connections_per_address: int = _setting(
        kinds.integer(1, 1_000_000), 500, "Event connections one client address may hold."
    )
    max_channels_per_user: int = _setting(
        kinds.integer(0, 1_000), 5, "Channels a person may create; the command line adds more."
    )
    public_url: str = _setting(
        kinds.origin(),
        "",
        "Where people reach this server; links in mails, link previews and wallet sign-ins are bound to it.",
    )
    secret_key: str = _setting(
        kinds.secret_text(32),
        "",
        "What tokens are signed and second factors sealed with; empty makes one in `data_dir`.",
        secret=True,
    )
    registration: Literal["open", "closed"] = _setting(
        kinds.choice("open", "closed"), "open", "Whether people may make an account by themselves."
    )
    smtp_url: str = _setting(
        kinds.url("smtp://USER:PASSWORD@HOST:PORT or smtps://...", "smtp", "smtps"),
        "",
        "Mail server for confirming addresses and new passwords; needs `public_url` and `mail_from`.",
        secret=True,
    )
    mail_from: str = _setting(kinds.mail_address(), "", "Sender of mails.")
    chain_id: int = _setting(
        kinds.integer(1, 2**53 - 1), 1116, "Chain that wallets sign in on; 1116 is Core, 1 Ethereum."
    )
    chain_rpc_url: str = _setting(
        kinds.url("http://... or https://...", "http", "https"),
        "",
        "JSON-RPC node of that chain; lets wallets that are contracts sign in.",
        secret=True,
    )
    chain_rpc_fallbacks: tuple[str, ...] = _setting(
        kinds.urls("http://... or https://...", "http", "https"),
        (),
        "More nodes of that chain, asked for tips while the first fails.",
        secret=True,
    )
    chain_wake_url: str = _setting(
        kinds.url("ws://... or wss://...", "ws", "wss"),
        "",
        "Socket on which a node of that chain announces blocks; tips are then shown sooner.",
        secret=True,
    )
    chain_poll_s: float = _setting(
        kinds.seconds(60.0), 2.0, "How often a node is asked for a new block when nothing announces one."
    )
    tip_contract: str = _setting(
        kinds.chain_address(), "", "Address of the contract for tips on that chain; empty: no tips."
    )
    tip_confirmations: int = _setting(
        kinds.integer(1, 10_000), 21, "Blocks after which a tip counts as confirmed."
    )
    tip_from_block: int = _setting(
        kinds.integer(0, 2**53 - 1),
        0,
        "Block the contract was deployed in; 0 begins with the newest at the first start.",
    )
    tip_tokens: tuple[str, ...] = _setting(
        kinds.chain_addresses(), (), "Contracts of the tokens that count as tips beside the chain's coin."
    )
    tip_currency: str = _setting(
        kinds.currency(), "USD", "Currency that tips are also shown in, where their coins have prices."
    )
    tip_prices: tuple[str, ...] = _setting(
        kinds.coin_prices(),
        (),
        "Fixed prices of whole coins in that currency: `native=0.42` for the chain's own, `0x...=1` for a token.",
    )
    tip_price_url: str = _setting(
        kinds.url("http://... or https://...", "http", "https"),
        "",
        "Where present prices are asked, in the shape of CoinGecko's `simple/price`; fixed ones hold while it is away.",
        secret=True,
    )
    tip_price_names: tuple[str, ...] = _setting(
        kinds.coin_names(), (), "What coins are called there: `native=coredaoorg`, `0x...=tether`."
    )
    chain_name: str = _setting(
        kinds.text("a name", "NAME"),
        "",
        "What people are told of the chain; empty: as it is known to be called.",
    )
    chain_symbol: str = _setting(
        kinds.text("a symbol such as CORE", "SYMBOL"), "", "Of the chain's own coin; empty: as it is known."
    )
    chain_public_rpc_urls: tuple[str, ...] = _setting(
        kinds.urls("https://...", "http", "https"),
        (),
        "Nodes that wallets are told of when they do not know the chain; everyone sees them.",
    )
    chain_explorer: str = _setting(
        kinds.url("https://...", "http", "https"), "", "Where people can look at the chain's transactions."
    )
    recording: Literal["always", "ask", "never"] = _setting(
        kinds.choice("always", "ask", "never"),
        "ask",
        "Whether broadcasts are recorded, where a channel's owner has decided nothing; `ask` leaves each to them.",
    )
    recording_keep_free_bytes: int = _setting(
        kinds.integer(0, 2**53 - 1),
        1 << 30,
        "Room that recordings leave on the disk of `data_dir`; they stop rather than use it.",
    )
    recording_channel_bytes: int = _setting(
        kinds.integer(0, 2**53 - 1),
        0,
        "Room that the recordings of one channel may take together; one that reaches it stops. 0 is no bound.",
    )
    recording_keep_days: int = _setting(
        kinds.integer(0, 36_500),
        0,
        "After so many days a recording is deleted, where the channel's owner has decided nothing; 0 is never.",
    )
    recording_store: str = _setting(
        kinds.file_store(),
        "",
        "Where finished recordings are moved to: `s3://BUCKET/PREFIX` or `file:///DIRECTORY`; empty keeps them in "
        "`data_dir`.",
    )
    recording_store_endpoint: str = _setting(
        kinds.origin(), "", "An S3-compatible store's own address; empty is AWS."
    )
    recording_store_region: str = _setting(
        kinds.text("a region", "NAME"), "us-east-1", "The bucket's region."
    )
    recording_store_key: str = _setting(
        kinds.text("an access key id", "ID"),
        "",
        "Access key id for the bucket; empty takes what the machine has (its role, `AWS_*`).",
        secret=True,
    )
    recording_store_secret: str = _setting(
        kinds.text("a secret access key", "TEXT"),
        "",
        "The secret access key that belongs to it.",
        secret=True,
    )
    recording_store_redirect: bool = _setting(
        kinds.switch(),
        False,
        "Players read recordings from the bucket itself, by signed addresses; else through this server.",
    )
    hls: Literal["on-demand", "always", "off"] = _setting(
        kinds.choice("on-demand", "always", "off"),
        "on-demand",
        "Live HLS, for who cannot use WebRTC: made while somebody asks for it, always, or never.",
    )
    hls_dvr_s: float = _setting(
        kinds.seconds(_DAY_S / 2), 600.0, "How far back viewers of HLS can go in a live broadcast."
    )
    hls_max_bytes: int = _setting(
        kinds.integer(1 << 24, 2**53 - 1),
        1 << 30,
        "Room on the disk of `data_dir` for HLS of one broadcast; the oldest goes first.",
    )
    hls_count_viewers: bool = _setting(
        kinds.switch(),
        True,
        "Players by HLS are counted as viewers, by an id in their playlists' addresses; a CDN then has to know of it.",
    )
    transcode: tuple[str, ...] = _setting(
        kinds.ladder(),
        (),
        "What HLS is encoded into besides, such as `1080p,720p,480p,audio`; empty: what players need; `off`: nothing.",
    )
    transcode_encoder: str = _setting(
        kinds.text("an encoder of FFmpeg", "NAME"),
        "libx264",
        "What H264 is encoded by, such as `h264_nvenc`, `h264_qsv` or `h264_videotoolbox`, where FFmpeg has it.",
    )
    fanout: Literal["auto", "native", "gso", "plain"] = _setting(
        kinds.choice("auto", "native", "gso", "plain"),
        "auto",
        "What sends to viewers: `native` is compiled, `gso` and `plain` are slower; `auto` is the fastest there is.",
    )
    publisher_grace_s: float = _setting(
        kinds.seconds(_DAY_S), 10.0, "How long a broadcast waits for a publisher that vanished."
    )
    shutdown_timeout_s: float = _setting(
        kinds.seconds(600.0), 5.0, "How long a stop waits for requests that are under way."
    )
    page_dir: Path | None = _setting(
        kinds.path(), None, "Directory of the built pages; by default `frontend/dist` of the project."
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        kinds.choice("debug", "info", "warning", "error"), "info", "Least important events that are logged."
    )
    log_format: Literal["auto", "console", "json"] = _setting(
        kinds.choice("auto", "console", "json"), "auto", "`auto` is `console` on a terminal, else `json`."
    )
    log_addresses: Literal["network", "full"] = _setting(
        kinds.choice("network", "full"),
        "network",
        "What logs hold of visitors' addresses: the network (IPv4 /24, IPv6 /48), or all of it.",
    )

    def __repr__(self) -> str:
        shown = (
            f"{each.name}={'<set>' if each.secret and getattr(self, each.name) else repr(getattr(self, each.name))}"
            for each in DECLARATIONS
        )
        return f"Settings({', '.join(shown)})"


DECLARATIONS: tuple[Declaration, ...] = tuple(
    Declaration(
        each.name,
        cast(Kind, each.metadata["kind"]),
        each.default,
        each.metadata["help"],
        each.metadata["secret"],
    )
    for each in fields(Settings)
)


def version() -> str:
    """The version of the installed package."""
    return metadata.version("harmonie")
