"""The filter a block carries for its logs: which addresses and topics may be among them. A core.

The Ethereum yellow paper, section 4.4.3: for each entry, three of 2,048 bits are set, chosen by the entry's hash.
"""

from accounts.ethereum import keccak256

BYTES = 256


def may_hold(bloom: bytes, *entries: bytes) -> bool:
    """Whether a block with this filter may have logs with all the ``entries``; a no is certain."""
    if len(bloom) != BYTES:
        return False
    bits = int.from_bytes(bloom)
    return all(bits >> bit & 1 for entry in entries for bit in _bits(entry))


def _bits(entry: bytes) -> list[int]:
    digest = keccak256(entry)
    return [int.from_bytes(digest[at : at + 2]) & 2_047 for at in (0, 2, 4)]
