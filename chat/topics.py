"""The topics of the bus that chat uses, and its events as the bus carries them. A core."""

import msgspec

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder().decode


def public(channel_id: int) -> str:
    """What everyone in a channel's room sees."""
    return f"channel:{channel_id}"


def moderators(channel_id: int) -> str:
    return f"moderators:{channel_id}"


def presence(channel_id: int) -> str:
    """What processes tell one another of who is there; no client hears it."""
    return f"presence:{channel_id}"


def person(user_id: str) -> str:
    """Somebody's own notices."""
    return f"user:{user_id}"
