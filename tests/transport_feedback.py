"""A reader of transport-wide feedback, written from draft-holmer-rmcat-transport-wide-cc-extensions-01 alone."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Feedback:
    """One feedback packet; `arrivals_us` has `None` for a packet that is reported as not received."""

    sender_ssrc: int
    media_ssrc: int
    base: int
    count: int
    arrivals_us: tuple[int | None, ...]


def read(data: bytes) -> Feedback:
    """Read a packet as section 3.1 of draft-holmer-rmcat-transport-wide-cc-extensions-01 draws it."""
    first, kind, words, sender, media, base, statuses, reference_and_count = struct.unpack_from(
        "!BBHIIHHI", data
    )
    assert first >> 6 == 2
    assert first & 0x1F == 15
    assert kind == 205
    assert len(data) == 4 * (words + 1)
    clock_us = (reference_and_count >> 8) * 64_000
    position = 20
    symbols: list[int] = []
    while len(symbols) < statuses:
        (chunk,) = struct.unpack_from("!H", data, position)
        position += 2
        if not chunk >> 15:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk >> 14 & 1:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    arrivals: list[int | None] = []
    for symbol in symbols[:statuses]:
        if symbol == 0:
            arrivals.append(None)
            continue
        assert symbol in (1, 2)
        size, form = (1, "!B") if symbol == 1 else (2, "!h")
        (delta,) = struct.unpack_from(form, data, position)
        position += size
        clock_us += delta * 250
        arrivals.append(clock_us)
    assert 0 <= len(data) - position < 4
    assert not any(data[position:])
    return Feedback(sender, media, base, reference_and_count & 0xFF, tuple(arrivals))


def reported(packets: list[bytes]) -> list[tuple[int, int]]:
    """Number and arrival of everything reported as received, in order of the reports."""
    found = []
    for data in packets:
        feedback = read(data)
        for index, arrival_us in enumerate(feedback.arrivals_us):
            if arrival_us is not None:
                found.append(((feedback.base + index) % 65536, arrival_us))
    return found
