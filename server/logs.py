"""Structured logs: one line per event on stderr, for a terminal or as JSON, ours and the libraries' alike.

Bearer tokens, API keys, access tokens, refresh cookies and passwords in URLs are taken out of every line, tracebacks
included, as a last line of defence: nothing should log them to begin with. Visitors' addresses (``client`` of our
events, whatever looks like one in aiohttp's) are cut down to their network unless the operator wants all of them.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from accounts.visitor_addresses import truncated

_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
_SECRETS = (
    (re.compile(r"(?i)(bearer\s+)[^\s'\"\\,;]+"), r"\1<redacted>"),
    (re.compile(r"(?i)([a-z0-9+]+://[^\s:/@'\"]+:)[^\s/@'\"]+@"), r"\1<redacted>@"),
    (re.compile(r"\b(hk_[a-z0-9]+_)[A-Za-z0-9_-]+"), r"\1<redacted>"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"), "<redacted>"),
    (re.compile(r"(harmonie_session=)[^\s;'\"]+"), r"\1<redacted>"),
    (re.compile(r"(?i)(turns?:[^\s:@'\"]+:)[^\s@'\"]+@"), r"\1<redacted>@"),
)


def configure_logs(
    level: str, log_format: str, stream: TextIO | None = None, *, addresses: str = "network"
) -> None:
    """Sets up structlog and the standard library's logging, for the whole process.

    ``log_format`` is ``console``, ``json`` or ``auto`` (console on a terminal); ``addresses`` is ``network`` or
    ``full``.
    """
    out = sys.stderr if stream is None else stream
    console = log_format == "console" or (log_format == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    render: list[structlog.typing.Processor] = (
        [redact, structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=_plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer()]
    )
    keep: list[structlog.typing.Processor] = [] if addresses == "full" else [keep_network_only]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *keep, *render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("aioice", "aiortc", "asyncio", "aiosqlite", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: takes secrets out of every string of the event."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact_text(value)
    return event


def keep_network_only(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: of visitors' addresses, the network."""
    client = event.get("client")
    if isinstance(client, str):
        event["client"] = truncated(client) or "unknown"
    if str(event.get("logger", "")).startswith("aiohttp") and isinstance(event.get("event"), str):
        event["event"] = _ADDRESS.sub(lambda match: truncated(match[0]) or match[0], event["event"])
    return event


def redact_text(text: str) -> str:
    """``text`` without tokens, keys and passwords."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _plain_traceback(out: TextIO, exc_info: Any) -> None:
    out.write(redact_text("".join(traceback.format_exception(*exc_info))))
