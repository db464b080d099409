"""An address holds for its file, for a while."""

import pytest

from recorder.addresses import HOLDS_S, SignedAddresses
from recorder.errors import AddressEnded

NOW_S = 1_800_000_123.4
PATH = "/api/v1/replays/a/parts/1"


def cut(address: str) -> tuple[str, int, str]:
    path, _, query = address.partition("?expires=")
    expires, _, signature = query.partition("&signature=")
    return path, int(expires), signature


@pytest.mark.parametrize("private", [False, True])
def test_it_tells_whether_it_was_given_for_a_private_recording_until_it_ends(private: bool) -> None:
    addresses = SignedAddresses(lambda: b"k" * 32)
    path, ends_s, signature = cut(addresses.sign(PATH, private=private, now_s=NOW_S))
    assert (path, ends_s) == (PATH, addresses.ends_s(NOW_S))
    assert 0.9 * HOLDS_S < ends_s - NOW_S <= HOLDS_S
    assert addresses.check(PATH, ends_s, signature, now_s=ends_s - 1) is private
    with pytest.raises(AddressEnded):
        addresses.check(PATH, ends_s, signature, now_s=ends_s)


def test_nothing_else_holds() -> None:
    addresses = SignedAddresses(lambda: b"k" * 32)
    path, ends_s, signature = cut(addresses.sign(PATH, private=False, now_s=NOW_S))
    other = SignedAddresses(lambda: b"o" * 32)
    for checker, where, until_s, proof in (
        (addresses, path + "0", ends_s, signature),
        (addresses, path, ends_s + 1, signature),
        (addresses, path, ends_s, ""),
        (addresses, path, ends_s, "é" + signature[1:]),
        (other, path, ends_s, signature),
    ):
        with pytest.raises(AddressEnded):
            checker.check(where, until_s, proof, now_s=NOW_S)


def test_the_same_address_is_given_for_some_minutes() -> None:
    addresses = SignedAddresses(lambda: b"k" * 32)
    given = {addresses.sign(PATH, private=False, now_s=NOW_S + seconds) for seconds in range(0, 400, 7)}
    assert len(given) <= 2
