"""The coins that count as tips: what they are called and how they are counted. A core.

What a token's contract says of itself is anybody's text: it is cut to what fits a label.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.ethereum import Address
from tipping.tips import NATIVE, ChainId

SYMBOL_MAX_CHARACTERS = 16
NAME_MAX_CHARACTERS = 60
DECIMALS_MAX = 77
"""More would not fit 256 bits."""


@dataclass(frozen=True, slots=True)
class Coin:
    """``permit``: whether it takes a signed permission (EIP-2612)."""

    token: Address
    symbol: str
    name: str
    decimals: int
    permit: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """What people and wallets are told of a chain."""

    id: ChainId
    name: str
    symbol: str
    """Of its own coin."""
    decimals: int = 18
    public_rpc_urls: tuple[str, ...] = ()
    """What wallets may be told to use; never ours, which hold secrets."""
    explorer: str | None = None

    @property
    def coin(self) -> Coin:
        """Its own."""
        return Coin(NATIVE, self.symbol, self.name, self.decimals)


_KNOWN: Mapping[int, tuple[str, str, tuple[str, ...], str | None]] = {
    1: ("Ethereum", "ETH", (), "https://etherscan.io"),
    1114: (
        "Core Testnet",
        "tCORE2",
        ("https://rpc.test2.btcs.network",),
        "https://scan.test2.btcs.network",
    ),
    1116: ("Core", "CORE", ("https://rpc.coredao.org",), "https://scan.coredao.org"),
    31337: ("Local test chain", "TEST", (), None),
}


def chain(
    id_: ChainId,
    *,
    name: str = "",
    symbol: str = "",
    public_rpc_urls: tuple[str, ...] = (),
    explorer: str = "",
) -> Chain:
    """A chain as settings say, and where they say nothing, as it is known to be."""
    known_name, known_symbol, known_urls, known_explorer = _KNOWN.get(id_, (f"Chain {id_}", "ETH", (), None))
    return Chain(
        id_,
        name or known_name,
        symbol or known_symbol,
        public_rpc_urls=public_rpc_urls or known_urls,
        explorer=explorer or known_explorer,
    )


def label(text: str, at_most: int) -> str:
    """``text`` as a label: printable, on one line, not too long."""
    kept = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(kept.split())[:at_most].strip()
