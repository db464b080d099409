"""The topic of a channel's public room, and this room's events as the bus carries them. A core."""

import msgspec

encode = msgspec.msgpack.Encoder().encode


def public(channel: int) -> str:
    """What everyone in the channel's room sees."""
    return f"channel:{channel}"


def overlay(channel: int) -> str:
    """What the channel's overlays show."""
    return f"overlay:{channel}"
