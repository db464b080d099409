"""Where an artist is paid: an address on an EVM chain, whose capitals are its checksum (EIP-55). A core."""

from accounts.ethereum import Address, checksum_address
from catalog.errors import PayoutWalletInvalid

_NOBODY = "0x" + "0" * 40


def payout_wallet(text: str) -> Address:
    """``text`` with its checksum. Raises ``PayoutWalletInvalid``.

    An address all in small or all in capital letters carries no checksum and is taken as it is; one with both has to
    have exactly the right ones, else it was mistyped.
    """
    address = checksum_address(text)
    if address is None:
        raise PayoutWalletInvalid("expected 0x and 40 hexadecimal digits")
    if address == _NOBODY:
        raise PayoutWalletInvalid("nobody has the key of the zero address; what is sent there is lost")
    digits = text[2:]
    if text != address and digits not in (digits.lower(), digits.upper()):
        raise PayoutWalletInvalid(
            "the address is mistyped: its capital letters are not its checksum (EIP-55)"
        )
    return address
