"""Addresses and signatures of EVM accounts: EIP-55 checksums, EIP-191 messages, recovery of who signed.

A core: arithmetic only. It knows no chain; wallets that are contracts are ``accounts.contract_signatures``.
"""

import re
from typing import NewType

from coincurve import PublicKey
from Crypto.Hash import keccak

Address = NewType("Address", str)

SIGNATURE_BYTES = 65
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of the group of secp256k1 (SEC 2, section 2.4.1)."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def keccak256(data: bytes) -> bytes:
    """Keccak as Ethereum has it, from before it became SHA-3: 32 bytes."""
    return keccak.new(digest_bits=256, data=data).digest()


def checksum_address(text: str) -> Address | None:
    """``text`` in the capitals of EIP-55, whatever capitals it had; ``None`` when it is no address."""
    if _ADDRESS.fullmatch(text) is None:
        return None
    lower = text[2:].lower()
    digest = keccak256(lower.encode()).hex()
    return Address(
        "0x"
        + "".join(c.upper() if int(nibble, 16) >= 8 else c for c, nibble in zip(lower, digest, strict=False))
    )


def is_checksummed(text: str) -> bool:
    """Whether ``text`` is an address with exactly the capitals of EIP-55."""
    return checksum_address(text) == text


def personal_message_hash(message: str) -> bytes:
    """What ``personal_sign`` signs (EIP-191, version 0x45): 32 bytes."""
    data = message.encode("utf-8", "surrogatepass")
    return keccak256(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)


def recover_signer(message_hash: bytes, signature: bytes) -> Address | None:
    """Whose key made ``signature`` (r, s, v: 65 bytes), or ``None`` when it is no canonical signature.

    ``v`` is 27 or 28, or 0 or 1 as some hardware writes it. Of the two values of ``s`` that verify only the lower is
    taken (EIP-2), so that nobody makes a second valid signature from a first.
    """
    if len(signature) != SIGNATURE_BYTES:
        return None
    r, s, v = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64]), signature[64]
    parity = v - 27 if v in (27, 28) else v
    if parity not in (0, 1) or not 0 < r < ORDER or not 0 < s <= ORDER // 2:
        return None
    try:
        key = PublicKey.from_signature_and_message(
            signature[:64] + bytes((parity,)), message_hash, hasher=None
        )
    except ValueError:
        return None
    except Exception as error:  # the binding raises a bare Exception when no point fits
        if type(error) is not Exception:
            raise
        return None
    return checksum_address("0x" + keccak256(key.format(compressed=False)[1:])[-20:].hex())


def signature_bytes(text: str, maximum_bytes: int) -> bytes | None:
    """The bytes of ``0x...``; ``None`` when it is not hexadecimal, or longer than allowed."""
    if not text.startswith("0x") or len(text) > 2 + 2 * maximum_bytes or not text.isascii():
        return None
    digits = text[2:]
    if len(digits) % 2 or re.fullmatch(r"[0-9a-fA-F]*", digits) is None:
        return None
    return bytes.fromhex(digits)
