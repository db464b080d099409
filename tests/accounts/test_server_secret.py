"""The server's secret: where it comes from, and what it seals."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from accounts.errors import SecretKeyUnusable
from accounts.server_secret import FILE_NAME, ServerSecret, secret_in, server_secret

SECRET = ServerSecret(lambda: "s" * 32)


def test_one_is_made_for_the_server_alone_and_kept(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    first = secret_in(directory)
    assert len(first) >= 43
    assert secret_in(directory) == first
    assert stat.S_IMODE((directory / FILE_NAME).stat().st_mode) == 0o600
    assert [each.name for each in directory.iterdir()] == [FILE_NAME]


def test_processes_that_start_at_once_share_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: secret_in(tmp_path), range(16)))) == 1


def test_one_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    secret_in(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    with pytest.raises(SecretKeyUnusable, match="chmod 600"):
        secret_in(tmp_path)


def test_nothing_is_made_before_it_is_needed_nor_when_one_is_configured(tmp_path: Path) -> None:
    server_secret("", tmp_path)
    server_secret("c" * 32, tmp_path).check()
    assert list(tmp_path.iterdir()) == []


def test_a_short_one_is_refused() -> None:
    with pytest.raises(SecretKeyUnusable):
        ServerSecret(lambda: "short").check()


def test_what_is_sealed_opens_for_its_purpose_and_owner_only() -> None:
    sealed = SECRET.seal(b"plain", purpose="totp", owner="miles")
    assert b"plain" not in sealed
    assert SECRET.open(sealed, purpose="totp", owner="miles") == b"plain"
    assert SECRET.seal(b"plain", purpose="totp", owner="miles") != sealed
    other = ServerSecret(lambda: "o" * 32)
    for secret, purpose, owner in ((SECRET, "x", "miles"), (SECRET, "totp", "x"), (other, "totp", "miles")):
        with pytest.raises(SecretKeyUnusable):
            secret.open(sealed, purpose=purpose, owner=owner)
    for changed in (b"", sealed[:-1], sealed + b"x", sealed[:20] + b"x" + sealed[21:]):
        with pytest.raises(SecretKeyUnusable):
            SECRET.open(changed, purpose="totp", owner="miles")


def test_it_does_not_show_itself() -> None:
    assert "sss" not in repr(SECRET)
