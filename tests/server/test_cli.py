"""The commands beside ``serve``."""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import structlog

from accounts.audit import AuditEntry
from accounts.passwords import Argon2Parameters, Passwords
from accounts.services.audit_log import AuditLog
from accounts.services.people import PeopleService
from infra import migrations
from infra.database import Database, database_url
from server.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """``run(*arguments)``: the exit code, and what was written to stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HARMONIE_")]:
        monkeypatch.delenv(name)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_channel_is_added_and_its_key_is_shown_once(run: Run) -> None:
    code, out, err = run("channel", "add", "miles", "--title", "Kind of Blue")
    assert (code, err) == (0, "")
    assert "cannot be shown again" in out
    code, listed, _ = run("channel", "list")
    assert code == 0
    assert re.fullmatch(r"miles  \d{4}-\d\d-\d\d  Kind of Blue\n", listed)
    assert key_in(out) not in listed


def test_a_key_is_replaced(run: Run) -> None:
    _, first, _ = run("channel", "add", "miles")
    code, second, _ = run("channel", "key", "miles")
    assert code == 0
    assert "no longer works" in second
    assert key_in(first) != key_in(second)


def test_a_channel_belongs_to_whom_the_operator_says(run: Run, tmp_path: Path) -> None:
    for name in ("Miles", "Coltrane"):
        add_person(tmp_path, f"{name.lower()}@example.org", name)
    assert run("channel", "add", "miles", "--owner", "miles@example.org")[0] == 0
    assert "miles  (Miles)" in run("channel", "list")[1]
    code, out, _ = run("channel", "owner", "miles", "coltrane@example.org")
    assert code == 0
    assert "belongs to coltrane@example.org now" in out
    assert "miles  (Coltrane)" in run("channel", "list")[1]
    assert "belongs to nobody" in run("channel", "owner", "miles", "--nobody")[1]
    assert "(" not in run("channel", "list")[1]


def test_an_owner_has_to_have_an_account(run: Run) -> None:
    code, _, err = run("channel", "add", "miles", "--owner", "nobody@example.org")
    assert (code, err) == (1, "harmonie: nobody has the address nobody@example.org\n")
    assert "no channels yet" in run("channel", "list")[1]
    assert run("channel", "owner", "miles")[0] == 2


def test_a_replaced_key_is_in_the_audit_log(run: Run, tmp_path: Path) -> None:
    run("channel", "add", "miles")
    run("channel", "key", "miles")

    async def newest(database: Database) -> AuditEntry:
        return (await AuditLog(database).newest_first(None, 1))[0]

    entry = with_database(tmp_path, newest)
    assert (entry.action, entry.actor, entry.subject) == ("channel.stream_key_rotated", "cli", "miles")


def test_a_channel_is_removed_when_that_is_meant(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("channel", "add", "miles", "--title", "Kind of Blue")
    refused = run("channel", "remove", "miles")
    assert refused == (1, "", "harmonie: this cannot be undone; say that you mean it with --yes\n")
    code, out, err = run("channel", "remove", "miles", "--yes")
    assert (code, err) == (0, "")
    assert "Deleted the channel 'miles'" in out
    assert "no channels yet" in run("channel", "list")[1]
    assert "already" in run("channel", "add", "miles")[2], "its name is nobody's for a while"


def test_no_channels_yet_says_how_to_add_one(run: Run) -> None:
    code, out, _ = run("channel", "list")
    assert code == 0
    assert "harmonie channel add" in out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("channel", "add", "miles"), "harmonie: there is a channel named 'miles' already\n"),
        (("channel", "add", "whip"), "harmonie: the name 'whip' is reserved; choose another\n"),
        (("channel", "key", "nobody"), "harmonie: there is no channel named 'nobody'\n"),
        (("channel", "remove", "nobody", "--yes"), "harmonie: there is no channel named 'nobody'\n"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(run: Run, arguments: tuple[str, ...], expected: str) -> None:
    run("channel", "add", "miles")
    assert run(*arguments) == (1, "", expected)


def test_another_database_can_be_named(run: Run, tmp_path: Path) -> None:
    run("channel", "add", "miles", "--data-dir", str(tmp_path / "other"))
    assert "no channels yet" in run("channel", "list")[1]
    assert "miles" in run("channel", "list", "--data-dir", str(tmp_path / "other"))[1]
    assert (
        "miles" in run("channel", "list", "--database-url", f"sqlite:///{tmp_path}/other/harmonie.sqlite3")[1]
    )


def test_the_database_is_upgraded_once(run: Run) -> None:
    assert "from revision none" in run("db", "upgrade")[1]
    assert "up to date" in run("db", "upgrade")[1]


def test_help_tells_of_every_setting(run: Run) -> None:
    code, out, _ = run("serve", "--help")
    assert code == 0
    assert "--udp-port N" in out
    assert "--no-demo-artist" in out


def test_the_version_is_told(run: Run) -> None:
    assert re.fullmatch(r"harmonie \d+\.\d+\.\d+\S*\n", run("--version")[1])


def test_a_wrong_command_says_which_there_are(run: Run) -> None:
    code, _, err = run("sing")
    assert code == 2
    assert "invalid choice: 'sing'" in err


def key_in(out: str) -> str:
    match = re.search(r"Stream key: (\S{43})\n", out)
    assert match is not None
    return match[1]


T = TypeVar("T")


def with_database(directory: Path, work: Callable[[Database], Awaitable[T]]) -> T:
    """Does something with the database the commands use."""

    async def run() -> T:
        database = Database(database_url("", directory / "data"))
        try:
            return await work(database)
        finally:
            await database.close()

    (directory / "data").mkdir(exist_ok=True)
    return asyncio.run(run())


def add_person(directory: Path, email: str, name: str) -> None:
    async def add(database: Database) -> None:
        await migrations.upgrade(database)
        passwords = Passwords(Argon2Parameters(time_cost=1, memory_kib=64))
        people = PeopleService(database, passwords)
        await people.add(email, "blue trumpet under 42 stars", actor="cli", name=name)
        passwords.close()

    with_database(directory, add)
