"""Addresses and signatures, against another implementation."""

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.ethereum import (
    ORDER,
    checksum_address,
    is_checksummed,
    keccak256,
    personal_message_hash,
    recover_signer,
    signature_bytes,
)
from tests.accounts.wallet import Wallet

WALLET = Wallet(42)


def sign(text: str) -> bytes:
    return bytes.fromhex(WALLET.sign(text)[2:])


def test_keccak_is_the_one_of_ethereum() -> None:
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"").hex() == empty


# The test cases of EIP-55.
@pytest.mark.parametrize(
    "address",
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_capitals_are_those_of_eip_55(address: str) -> None:
    assert checksum_address(address.lower()) == address
    assert is_checksummed(address)
    assert not is_checksummed(address.swapcase())


@given(st.binary(min_size=20, max_size=20))
def test_capitals_are_those_others_write(raw: bytes) -> None:
    assert checksum_address("0x" + raw.hex()) == str(to_checksum_address(raw))


@pytest.mark.parametrize("text", ["", "0x", "0x" + "g" * 40, "0x" + "a" * 39, "0x" + "a" * 41, "a" * 42])
def test_what_is_no_address(text: str) -> None:
    assert checksum_address(text) is None
    assert not is_checksummed(text)


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=100))
def test_who_signed_is_found(text: str) -> None:
    assert recover_signer(personal_message_hash(text), sign(text)) == WALLET.address


def test_another_text_has_another_signer() -> None:
    assert recover_signer(personal_message_hash("b"), sign("a")) != WALLET.address


def test_v_as_hardware_writes_it_is_taken() -> None:
    signature = sign("a")
    low = signature[:64] + bytes((signature[64] - 27,))
    assert recover_signer(personal_message_hash("a"), low) == WALLET.address


@pytest.mark.parametrize("v", [2, 3, 26, 29, 37, 255])
def test_any_other_v_is_refused(v: int) -> None:
    assert recover_signer(personal_message_hash("a"), sign("a")[:64] + bytes((v,))) is None


def test_the_mirrored_signature_is_refused() -> None:
    signature = sign("a")
    s = ORDER - int.from_bytes(signature[32:64])
    mirrored = signature[:32] + s.to_bytes(32) + bytes((55 - signature[64],))
    # Anybody can make it from the first, and other libraries take it.
    assert Wallet.signer("a", mirrored) == WALLET.address
    assert recover_signer(personal_message_hash("a"), mirrored) is None


@pytest.mark.parametrize("r_s", [(0, 1), (1, 0), (ORDER, 1), (ORDER - 1, 1), (5, 5)])
def test_numbers_that_are_no_signature_name_nobody_known(r_s: tuple[int, int]) -> None:
    r, s = r_s
    assert (
        recover_signer(personal_message_hash("a"), r.to_bytes(32) + s.to_bytes(32) + b"\x1b")
        != WALLET.address
    )


@given(st.binary(max_size=70))
def test_no_bytes_bring_it_down(signature: bytes) -> None:
    assert recover_signer(personal_message_hash("a"), signature) != WALLET.address


@pytest.mark.parametrize("text", ["", "00", "0X00", "0x0", "0xzz", "0x\u0661\u0661", "0x" + "00" * 5, "0x 0"])
def test_what_is_no_hexadecimal_or_too_long_is_no_signature(text: str) -> None:
    assert signature_bytes(text, 4) is None


def test_hexadecimal_is_read() -> None:
    assert signature_bytes("0x00Ff", 4) == b"\x00\xff"
