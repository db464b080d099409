"""How log lines look, and what is never in them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from aiohttp.http_exceptions import LineTooLong

from server.logs import configure_logs, redact_text


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(log_format: str) -> io.StringIO:
    out = io.StringIO()
    configure_logs("info", log_format, out)
    return out


def test_json_is_one_object_per_line_for_our_events_and_the_libraries() -> None:
    out = logged("json")
    structlog.get_logger("stage").info("went_live", channel="miles")
    logging.getLogger("library").warning("%s of %s", 1, 2)
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["event"], first["channel"], first["logger"], first["level"]) == (
        "went_live",
        "miles",
        "stage",
        "info",
    )
    assert (second["event"], second["logger"]) == ("1 of 2", "library")


def test_without_a_terminal_auto_is_json() -> None:
    out = logged("auto")
    structlog.get_logger("stage").info("went_live")
    assert json.loads(out.getvalue())["event"] == "went_live"


def test_less_important_events_are_left_out() -> None:
    out = logged("json")
    structlog.get_logger("stage").debug("tuned")
    assert out.getvalue() == ""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_secret_is_taken_out_of_events_and_tracebacks(log_format: str) -> None:
    out = logged(log_format)
    log = structlog.get_logger("stage")
    log.info("asked", header="Authorization: Bearer hunter2", url="postgresql://me:hunter2@db/h")
    try:
        raise RuntimeError("cannot reach turn:me:hunter2@turn.example.org with Bearer hunter2")
    except RuntimeError:
        log.exception("failed")
        logging.getLogger("library").exception("failed too, Bearer hunter2")
    assert "hunter2" not in out.getvalue()
    assert out.getvalue().count("<redacted>") >= 5
    assert "RuntimeError" in out.getvalue()


def test_bytes_that_are_no_http_are_one_calm_line_without_what_they_held() -> None:
    out = logged("json")
    try:
        raise LineTooLong(b"hunter2", 8190)
    except LineTooLong:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "192.0.2.7")
    (line,) = (json.loads(line) for line in out.getvalue().splitlines())
    assert (line["event"], line["level"], line["client"]) == ("malformed_request", "info", "192.0.2.0/24")
    assert "exception" not in line
    assert "hunter2" not in out.getvalue()


def test_an_error_of_ours_keeps_its_traceback() -> None:
    out = logged("json")
    try:
        raise RuntimeError("ours")
    except RuntimeError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "192.0.2.7")
    assert "Traceback" in json.loads(out.getvalue())["exception"]


def test_only_the_secret_is_taken_out() -> None:
    assert redact_text("postgresql://me:pw@db:5432/h") == "postgresql://me:<redacted>@db:5432/h"
    assert redact_text("http://127.0.0.1:8080/x@y") == "http://127.0.0.1:8080/x@y"
    assert redact_text("the bearer of good news") == "the bearer <redacted> good news"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key hk_7wq2mxka_abc-DEF_1 used", "key hk_7wq2mxka_<redacted> used"),
        ("token eyJhbGciOi.eyJzdWIi.c2ln.", "token <redacted>."),
        ("Cookie: harmonie_session=ab.cd; x=1", "Cookie: harmonie_session=<redacted>; x=1"),
    ],
)
def test_tokens_keys_and_cookies_are_taken_out(text: str, expected: str) -> None:
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    ("client", "kept"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("unknown", "unknown"),
    ],
)
def test_of_a_visitors_address_the_network_is_kept(client: str, kept: str) -> None:
    out = logged("json")
    structlog.get_logger("access").info("request", client=client)
    logging.getLogger("aiohttp.server").error("Error handling request from %s", client)
    ours, aiohttps = (json.loads(line) for line in out.getvalue().splitlines())
    assert ours["client"] == kept
    assert aiohttps["event"] == f"Error handling request from {kept}"


def test_whole_addresses_are_kept_when_the_operator_wants_them() -> None:
    out = io.StringIO()
    configure_logs("info", "json", out, addresses="full")
    structlog.get_logger("access").info("request", client="203.0.113.7")
    assert json.loads(out.getvalue())["client"] == "203.0.113.7"


def test_where_the_server_listens_is_nobodys_address() -> None:
    out = logged("json")
    structlog.get_logger("server").info("listening", url="http://127.0.0.1:8080")
    assert json.loads(out.getvalue())["url"] == "http://127.0.0.1:8080"
