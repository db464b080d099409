"""Boxes of ISO/IEC 14496-12, as they are written."""

import struct

MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""Neither rotated nor scaled (section 6.2.2)."""


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I", len(body) + 8) + kind + body


def full_box(kind: bytes, version: int, flags: int, *contents: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *contents)


def descriptor(tag: int, *contents: bytes) -> bytes:
    """Of ISO/IEC 14496-1 section 8.3.3, shorter than 128 bytes."""
    body = b"".join(contents)
    assert len(body) < 128
    return bytes((tag, len(body))) + body
