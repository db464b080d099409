"""What one system call reads: datagrams of their own, and those that were sent together."""

import socket
import struct
import time
from collections.abc import Iterator

import pytest

from loadtest.receive import MESSAGES, BatchReceiver, prepare

UDP_SEGMENT = 103


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket that sends, connected to one that a viewer reads."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reader,
    ):
        prepare(reader)
        reader.bind(("127.0.0.1", 0))
        reader.setblocking(False)
        sender.connect(reader.getsockname())
        yield sender, reader


def send_together(sender: socket.socket, data: bytes, segment_bytes: int) -> None:
    control = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("=H", segment_bytes))]
    sender.sendmsg([data], control)


def test_datagrams_that_were_sent_together_are_told_apart(pair: tuple[socket.socket, socket.socket]) -> None:
    sender, reader = pair
    sender.send(b"alone")
    send_together(sender, b"a" * 1200 + b"b" * 1200 + b"c" * 100, 1200)
    sender.send(b"")
    sender.send(b"after")
    receiver = BatchReceiver()
    read = [receiver.datagram(start) for run in receiver.receive(reader) for start in run]
    assert read == [b"alone", b"a" * 1200, b"b" * 1200, b"c" * 100, b"after"]
    assert receiver.drained
    assert receiver.receive(reader) == []


def test_what_does_not_fit_a_call_comes_with_the_next(pair: tuple[socket.socket, socket.socket]) -> None:
    sender, reader = pair
    for number in range(MESSAGES + 1):
        sender.send(b"%d" % number)
    receiver = BatchReceiver()
    assert len(receiver.receive(reader)) == MESSAGES
    assert not receiver.drained
    assert [receiver.datagram(run.start) for run in receiver.receive(reader)] == [b"%d" % MESSAGES]
    assert receiver.drained


def test_the_kernel_tells_when_each_came(pair: tuple[socket.socket, socket.socket]) -> None:
    sender, reader = pair
    before_ns = time.time_ns()
    sender.send(b"first")
    between_ns = time.time_ns()
    send_together(sender, b"x" * 20, 10)
    after_ns = time.time_ns()
    receiver = BatchReceiver()
    first, *together = (receiver.arrived_ns(start) for run in receiver.receive(reader) for start in run)
    assert first is not None
    assert before_ns <= first <= between_ns
    assert len(together) == 2
    assert all(each is not None and between_ns <= each <= after_ns for each in together)


def test_a_kept_datagram_is_placed_again(pair: tuple[socket.socket, socket.socket]) -> None:
    sender, reader = pair
    send_together(sender, b"x" * 30, 10)
    receiver = BatchReceiver()
    receiver.receive(reader)
    start = receiver.place(b"kept before")
    assert receiver.datagram(start) == b"kept before"
    assert receiver.arrived_ns(start) is None
