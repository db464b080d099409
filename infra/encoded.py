"""One message in both forms of the wire, each made at most once per process. A core."""

from typing import Any

import msgspec

_to_msgpack = msgspec.msgpack.Encoder().encode
_to_json = msgspec.json.Encoder().encode


class Encoded:
    """A value as msgpack, and as JSON once somebody wants it."""

    __slots__ = ("_json", "msgpack")

    def __init__(self, msgpack: bytes) -> None:
        self.msgpack = msgpack
        self._json: bytes | None = None

    @classmethod
    def of(cls, value: object) -> "Encoded":
        """Of any value that msgspec knows and that holds no binary."""
        return cls(_to_msgpack(value))

    @property
    def json(self) -> bytes:
        if self._json is None:
            self._json = _to_json(self.decoded())
        return self._json

    def decoded(self) -> Any:
        """As plain dictionaries, lists, strings and numbers. Raises ``msgspec.DecodeError``."""
        return msgspec.msgpack.decode(self.msgpack)
