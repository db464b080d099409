"""Who is on the other side of an event socket, as this room knows people."""

from accounts.identity import Identity
from infra.rooms import Caller


def identity_of_caller(caller: Caller) -> Identity:
    """The ``Identity`` behind a caller."""
    assert isinstance(caller.identity, Identity)
    return caller.identity
