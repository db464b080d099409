"""The compiled kernel where only it can go wrong: what it is told, how it is found."""

import os
from pathlib import Path
from typing import Any

import cffi
import pytest

from media.burst import Run
from media.destinations import DestinationSet
from media.fanout import make_fanout
from media.native import library
from media.native.gcm import open_gcm
from media.native.kernel import NativeFanout
from media.python_fanout import GsoFanout
from media.stats import Counters
from tests.media.keys import PROFILES
from tests.media.test_fanout import NEEDS_NATIVE, Room, packets, runs_of

EINVAL = 22


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="may be missing where there is no C compiler")
def test_it_is_there_and_chosen() -> None:
    assert make_fanout(Counters()).kernel == "native"
    assert open_gcm() is not None


class Calls:
    """The library, with a `protect` that writes down what it is asked and appends as many bytes as it is told."""

    def __init__(self, tag_bytes: int = 16) -> None:
        self.fanout = NativeFanout(Counters())
        self.ffi: Any = self.fanout._ffi
        self.protected: list[int] = []
        self.sent = 0
        self._tag_bytes = tag_bytes
        self._protect = cffi.FFI().callback("int(void *, char *, int *)", self._note)
        self._send = cffi.FFI().callback("int(int, void *, unsigned int, int)", self._count)
        self.fanout._kernel.sendmmsg = self._send

    def _note(self, _session: object, _packet: object, length: Any) -> int:
        self.protected.append(length[0])
        length[0] += self._tag_bytes
        return 0

    def _count(self, _descriptor: int, _messages: object, count: int, _flags: int) -> int:
        self.sent += count
        return count

    def send(
        self, *, sizes: list[int], bytes_: int, segment_bytes: int, count: int = 1, name_bytes: int = 16
    ) -> int:
        plaintext = self.ffi.new("char[]", max(1, bytes_))
        numbers = self.ffi.new("int[]", sizes or [0])
        run = self.ffi.new("struct run *", [plaintext, numbers, len(sizes), bytes_, segment_bytes, 1])
        to = self.ffi.new("struct destination[]", max(1, count))
        for each in to:
            each.protect = self._protect
            each.name_bytes = name_bytes
        self.tally: Any = self.ffi.new("struct tally *")
        code: int = self.fanout._library.harmonie_fanout_send(
            self.fanout._kernel, -1, run, to, count, self.tally
        )
        return code


@pytest.fixture
def calls() -> Calls:
    return Calls()


pytestmark = NEEDS_NATIVE


def test_a_sound_run_is_protected_packet_by_packet(calls: Calls) -> None:
    assert calls.send(sizes=[84, 34], bytes_=150, segment_bytes=100, count=3) == 0
    assert calls.protected == [84, 34] * 3
    assert calls.sent == 3
    assert (calls.tally.packets_out, calls.tally.bytes_out) == (6, 450)


@pytest.mark.parametrize(
    ("sizes", "bytes_", "segment_bytes"),
    [
        ([], 0, 100),
        ([84] * 65, 6500, 100),
        ([84, 84], 100, 100),  # the last packet has no byte
        ([84, 84], 201, 100),  # and here some belong to none
        ([84, 101], 200, 100),
        ([101, 84], 200, 100),
        ([84, -1], 200, 100),
        ([-(2**31)], 100, 100),
        ([84], 100, 0),
        ([84], 100, 65_536),
        ([84] * 3, 2**32 - 1, 2**31),
        ([84] * 64, 64 * 65_535, 65_535),  # sound, but larger than the memory
    ],
)
def test_a_run_that_contradicts_itself_or_does_not_fit_is_not_touched(
    calls: Calls, sizes: list[int], bytes_: int, segment_bytes: int
) -> None:
    plausible = min(bytes_, 8 << 20)  # what is allocated; the kernel has to refuse before it looks there
    assert calls.send(sizes=sizes, bytes_=plausible, segment_bytes=segment_bytes) == EINVAL
    assert (calls.protected, calls.sent) == ([], 0)


def test_nobody_is_nothing_to_do(calls: Calls) -> None:
    assert calls.send(sizes=[84], bytes_=100, segment_bytes=100, count=0) == 0
    assert (calls.protected, calls.sent) == ([], 0)


def test_an_address_longer_than_an_address_is_refused(calls: Calls) -> None:
    assert calls.send(sizes=[84], bytes_=100, segment_bytes=100, count=2, name_bytes=29) == 0
    assert calls.sent == 0
    assert calls.tally.refused == 2


@pytest.mark.parametrize(("written_for", "keys"), [(16, "AES128_CM_SHA1_80"), (10, "AEAD_AES_128_GCM")])
def test_a_key_whose_tag_is_of_another_size_writes_nowhere_and_sends_nothing(
    written_for: int, keys: str
) -> None:
    room = Room(NativeFanout)
    try:
        destinations = DestinationSet(room.admit(2, PROFILES[keys]))
        room.fanout.send(runs_of(packets([700, 700, 700]), written_for), destinations)
        assert [receiver.datagrams() for receiver in room.receivers] == [[], []]
        assert (room.counters.packets_out, room.counters.packets_dropped) == (0, 6)
    finally:
        room.close()


def test_what_is_no_rtp_packet_is_refused() -> None:
    room = Room(NativeFanout)
    try:
        room.fanout.send([Run(bytes(5 + 16), (5,), 21)], DestinationSet(room.admit(2)))
        assert (room.counters.packets_out, room.counters.packets_dropped) == (0, 2)
    finally:
        room.close()


def test_a_library_of_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_ABI", library._ABI + 1)
    with pytest.raises(OSError, match="another version"):
        make_fanout(Counters(), "native")
    assert isinstance(make_fanout(Counters()), GsoFanout)


def test_without_the_library_the_kernel_in_python_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "library_path", lambda: None)
    with pytest.raises(OSError, match="not compiled"):
        make_fanout(Counters(), "native")
    assert isinstance(make_fanout(Counters()), GsoFanout)


def test_a_file_that_is_no_library_is_an_error_not_a_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "_fanout.so"
    broken.write_bytes(b"no library")
    monkeypatch.setattr(library, "library_path", lambda: broken)
    assert isinstance(make_fanout(Counters()), GsoFanout)
