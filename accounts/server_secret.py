"""The server's secret: one value from which every key of its own is derived, and what is sealed with them.

It comes from ``HARMONIE_SECRET_KEY``, or is made once and kept in the data directory, readable by the server alone.
Losing it makes every second factor and every signing key unreadable: people sign in again, and set up their
authenticator anew after an operator removed it. It belongs into backups, apart from the database.
"""

import contextlib
import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from accounts.errors import SecretKeyUnusable

FILE_NAME = "secret_key"
MIN_CHARACTERS = 32
KEY_BYTES = 32
_NONCE_BYTES = 12


class ServerSecret:
    """``repr`` shows nothing of it. ``load`` is called once, when the secret is first needed."""

    def __init__(self, load: Callable[[], str]) -> None:
        self._load = load

    @cached_property
    def _secret(self) -> bytes:
        secret = self._load()
        if len(secret) < MIN_CHARACTERS:
            raise SecretKeyUnusable(f"the secret key needs at least {MIN_CHARACTERS} characters")
        return secret.encode()

    def check(self) -> None:
        """Raises ``SecretKeyUnusable`` when there is no secret to be had."""
        assert self._secret

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose; a key for another purpose tells nothing of it (RFC 5869)."""
        return HKDF(SHA256(), KEY_BYTES, salt=b"harmonie", info=purpose.encode()).derive(self._secret)

    def seal(self, plain: bytes, *, purpose: str, owner: str) -> bytes:
        """Encrypted and bound to what it is for and whose it is, so that it cannot be moved to another row."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.key(purpose)).encrypt(nonce, plain, owner.encode())

    def open(self, sealed: bytes, *, purpose: str, owner: str) -> bytes:
        """Raises ``SecretKeyUnusable`` when it was sealed with another secret, or for another owner."""
        nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self.key(purpose)).decrypt(nonce, encrypted, owner.encode())
        except (InvalidTag, ValueError):
            raise SecretKeyUnusable("a stored value was sealed with another secret key") from None


def server_secret(configured: str, data_dir: Path) -> ServerSecret:
    """The configured secret, else the one in ``data_dir``, which is made when there is none."""
    return ServerSecret(lambda: configured or secret_in(data_dir))


def secret_in(data_dir: Path) -> str:
    """Raises ``SecretKeyUnusable``. Two processes that start at once end up with the same one."""
    path = data_dir / FILE_NAME
    try:
        with contextlib.suppress(FileNotFoundError):
            return _read(path)
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{FILE_NAME}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        # A link appears whole or not at all, and only for the first who makes it.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
        return _read(path)
    except OSError as error:
        raise SecretKeyUnusable(f"cannot use {path}: {error.strerror}") from None


def _read(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise SecretKeyUnusable(
            f"{path} can be read by others; make it readable by its owner only (chmod 600)"
        )
    return path.read_text().strip()
