"""The commands about people, signing keys and the audit log."""

import io
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.prepared_tables import PreparedSqlite
from tests.server.test_cli import Run, run

__all__ = ["run"]

PASSWORD = "blue trumpet under 42 stars"
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def tables(tmp_path: Path, prepared_sqlite: PreparedSqlite) -> None:
    prepared_sqlite.lay(tmp_path / "data")


@pytest.fixture
def typed(run: Run, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """``typed(line, *arguments)``: runs a command that is given a line on standard input."""

    def type_and_run(line: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))
        return run(*arguments)

    return type_and_run


def test_the_first_admin_is_made_where_nobody_is_yet(run: Run, typed: Typed) -> None:
    assert "harmonie user admin EMAIL" in run("user", "list")[1]
    code, out, err = typed(PASSWORD, "user", "admin", "Me@Example.org")
    assert (code, err) == (0, "")
    assert "me@example.org is an admin." in out
    assert PASSWORD not in out
    assert re.fullmatch(r"[0-9a-f]{16}  \d{4}-\d\d-\d\d  admin   me@example.org\n", run("user", "list")[1])


def test_somebody_who_is_there_becomes_an_admin_without_a_password(run: Run, typed: Typed) -> None:
    typed(PASSWORD, "user", "add", "me@example.org", "--role", "artist", "--name", "Me")
    assert run("user", "admin", "me@example.org") == (0, "me@example.org is an admin.\n", "")


def test_roles_and_passwords_are_set(run: Run, typed: Typed) -> None:
    typed(PASSWORD, "user", "add", "me@example.org")
    assert run("user", "role", "me@example.org", "artist")[1] == "me@example.org is artist now.\n"
    assert (
        "signed out everywhere"
        in typed("seven quiet horses drinking", "user", "password", "me@example.org")[1]
    )


@pytest.mark.parametrize(
    ("line", "arguments", "error"),
    [
        ("short", ("user", "add", "you@example.org"), "at least 10 characters"),
        ("", ("user", "add", "you@example.org"), "at least 10 characters"),
        (PASSWORD, ("user", "add", "me@example.org"), "has the address me@example.org already"),
        (PASSWORD, ("user", "add", "nonsense"), "looks like name@example.org"),
        (PASSWORD, ("user", "add", "you@example.org", "--role", "king"), "the roles are user, artist, admin"),
        (PASSWORD, ("user", "role", "nobody@example.org", "artist"), "nobody has the address"),
        (PASSWORD, ("user", "role", "me@example.org", "user"), "make somebody else an admin first"),
        (PASSWORD, ("user", "suspend", "nobody@example.org"), "nobody has the address"),
        (PASSWORD, ("user", "unsuspend", "nobody"), "nobody has the address or the id 'nobody'"),
        (PASSWORD, ("user", "password", "no@body@"), "looks like name@example.org"),
        (PASSWORD, ("user", "remove", "nobody@example.org", "--yes"), "nobody has the address"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    typed: Typed, line: str, arguments: tuple[str, ...], error: str
) -> None:
    typed(PASSWORD, "user", "admin", "me@example.org")
    code, out, err = typed(line, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("harmonie: ")
    assert error in err
    assert err.count("\n") == 1


def test_somebody_is_suspended_and_let_in_again(run: Run, typed: Typed) -> None:
    typed(PASSWORD, "user", "add", "me@example.org")
    code, out, err = run("user", "suspend", "me@example.org")
    assert (code, err) == (0, "")
    assert "harmonie user unsuspend me@example.org" in out
    assert run("user", "list")[1].endswith("me@example.org  suspended\n")
    assert run("user", "unsuspend", "me@example.org")[0] == 0
    assert run("user", "list")[1].endswith("me@example.org\n")
    assert run("user", "sign-out", "me@example.org")[1] == "me@example.org is signed out everywhere.\n"


def test_people_are_searched_and_named_by_their_id(run: Run, typed: Typed) -> None:
    for name in ("miles", "coltrane"):
        typed(PASSWORD, "user", "add", f"{name}@example.org")
    found = run("user", "list", "COLT")[1]
    assert found.count("\n") == 1
    user_id = found.split()[0]
    assert run("user", "role", user_id, "artist")[1] == "coltrane@example.org is artist now.\n"
    assert run("channel", "add", "trane", "--owner", user_id)[0] == 0
    assert "trane" in run("channel", "list")[1]
    assert run("user", "list", "nobody")[1] == "Nobody is found by 'nobody'.\n"
    assert run("channel", "owner", "trane", "0000")[2] == "harmonie: nobody has the id '0000'\n"


def test_an_account_is_removed_with_its_channels(
    run: Run, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(PASSWORD, "user", "add", "me@example.org")
    run("channel", "add", "mine", "--owner", "me@example.org")
    remove = ("user", "remove", "me@example.org")
    assert run(*remove) == (1, "", "harmonie: this cannot be undone; say that you mean it with --yes\n")
    asked: list[str] = []

    def no(prompt: str) -> str:
        asked.append(prompt)
        return "n"

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", no)
    assert run(*remove) == (1, "", "harmonie: nothing was changed\n")
    assert asked == [
        "Delete the account of me@example.org and the channels mine? This cannot be undone. [y/N] "
    ]
    assert "me@example.org" in run("user", "list")[1]
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    assert run(*remove) == (0, "Deleted the account of me@example.org and the channels mine.\n", "")
    assert "no users yet" in run("user", "list")[1]
    assert "no channels yet" in run("channel", "list")[1]
    assert run("audit", "verify")[0] == 0


def test_the_last_admin_is_not_removed(run: Run, typed: Typed) -> None:
    typed(PASSWORD, "user", "admin", "me@example.org")
    for command in (("user", "remove", "--yes"), ("user", "suspend")):
        code, out, err = run(*command, "me@example.org")
        assert (code, out, err) == (1, "", "harmonie: make somebody else an admin first\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_signing_keys_are_rotated(run: Run) -> None:
    first, second = run("keys", "rotate"), run("keys", "rotate", "--at-once")
    assert (first[0], second[0]) == (0, 0)
    assert first[1] != second[1]
    assert "no longer hold" in second[1]


def test_the_audit_log_is_checked_and_its_head_kept(run: Run, typed: Typed, tmp_path: Path) -> None:
    assert run("audit", "verify") == (0, "The audit log is empty.\n", "")
    typed(PASSWORD, "user", "admin", "me@example.org")
    run("keys", "rotate")
    code, out, _ = run("audit", "verify")
    assert code == 0
    assert "whole: 2 entries" in out
    head = re.search(r"^  (2:[0-9a-f]{64})$", out, re.MULTILINE)
    assert head is not None
    assert run("audit", "verify", "--head", head[1])[0] == 0

    with sqlite3.connect(tmp_path / "data" / "harmonie.sqlite3") as database:
        database.execute("DROP TRIGGER audit_no_delete")
        database.execute("DELETE FROM audit WHERE seq = 2")
    assert run("audit", "verify")[0] == 0, "an end cut off is seen by who kept the head"
    code, out, _ = run("audit", "verify", "--head", head[1])
    assert code == 1
    assert "does not hold the entry" in out

    with sqlite3.connect(tmp_path / "data" / "harmonie.sqlite3") as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET actor = 'x'")
    code, out, _ = run("audit", "verify")
    assert code == 1
    assert "entry 1 does not follow" in out


def test_a_head_has_a_form(run: Run) -> None:
    code, _, err = run("audit", "verify", "--head", "nonsense")
    assert code == 2
    assert "64 hexadecimal digits" in err


def test_a_changed_secret_key_only_makes_another_signing_key(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("keys", "rotate")
    monkeypatch.setenv("HARMONIE_SECRET_KEY", "another secret of at least 32 characters")
    assert run("keys", "rotate")[0] == 0


def test_a_short_secret_key_is_refused_and_not_repeated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARMONIE_SECRET_KEY", "too short")
    code, _, err = run("keys", "rotate")
    assert code == 2
    assert "at least 32 characters" in err
    assert "too short" not in err


def test_a_second_factor_that_is_not_there_is_not_removed(run: Run, typed: Typed) -> None:
    typed(PASSWORD, "user", "add", "me@example.org")
    code, _, err = run("user", "remove-second-factor", "me@example.org")
    assert (code, err) == (1, "harmonie: There is no second factor\n")
