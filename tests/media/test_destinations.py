"""Sets of destinations: always what the native kernel reads, whoever comes and goes."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.destinations import RECORD_BYTES, Destination, DestinationSet
from tests.media.keys import GCM, PROFILES, outbound
from tests.media.scene import make_wire

WIRE = make_wire()
SOME = [Destination(WIRE, ("192.0.2.1", 1000 + number), outbound(GCM, number)) for number in range(9)]


def records(destinations: DestinationSet) -> list[bytes]:
    whole = bytes(destinations.records)
    return [whole[start : start + RECORD_BYTES] for start in range(0, len(whole), RECORD_BYTES)]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(SOME)), max_size=60))
def test_it_holds_who_came_and_did_not_leave_each_once(steps: list[tuple[bool, Destination]]) -> None:
    subject = DestinationSet()
    expected: set[Destination] = set()
    for comes, destination in steps:
        if comes:
            subject.add(destination)
            expected.add(destination)
        else:
            subject.discard(destination)
            expected.discard(destination)
        assert len(subject) == len(expected)
        assert set(subject) == expected
        assert records(subject) == [member.record for member in subject]


def test_a_record_holds_the_address_as_the_system_writes_it() -> None:
    assert SOME[3].record[16:20] == (16).to_bytes(4, "little" if socket.htons(1) != 1 else "big")
    assert SOME[3].record[22:28] == (1003).to_bytes(2, "big") + bytes([192, 0, 2, 1])


def test_destinations_of_different_tag_sizes_do_not_mix() -> None:
    other = PROFILES["AES128_CM_SHA1_80"]
    with pytest.raises(AssertionError):
        DestinationSet([SOME[0], Destination(WIRE, ("192.0.2.1", 9), outbound(other))])
