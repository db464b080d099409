"""Bursts: whatever the packet sizes, the viewer gets every payload, in segments GSO accepts."""

from hypothesis import example, given
from hypothesis import strategies as st

from media import rtp
from media.burst import MAX_PACKETS, Burst, Run, write_runs
from media.description import CodecFormat
from media.track import ForwardedPacket

VP8 = CodecFormat("VP8", 96, 90_000)
TAG_BYTES = 16


def packet(number: int, size_bytes: int, *, marker: bool = False, fmt: CodecFormat = VP8) -> ForwardedPacket:
    return ForwardedPacket(number, 3000, marker, bytes([number % 251 + 1]) * size_bytes, fmt)


def segments(run: Run) -> list[bytes]:
    """The packets of a run, cut as the kernel cuts them."""
    template, step = run.template, run.segment_bytes
    return [template[start : start + step] for start in range(0, len(template), step)]


SIZES = st.lists(
    st.one_of(st.integers(0, 1300), st.sampled_from([0, 1, 2, 254, 255, 256, 257, 1199, 1200])),
    max_size=MAX_PACKETS + 4,
)


@example([0, 0], TAG_BYTES)
@example([1100, 0, 0, 0], TAG_BYTES)
@given(SIZES, st.sampled_from([0, 10, 16]))
def test_runs_reproduce_every_payload_in_order(sizes: list[int], tag_bytes: int) -> None:
    packets = [packet(number, size) for number, size in enumerate(sizes, start=65_530)]
    runs = write_runs(packets, 101, 0xFEED, tag_bytes)
    received: list[rtp.RtpPacket] = []
    for run in runs:
        cut = segments(run) if len(run.sizes) > 1 else [run.template]
        assert len(cut) == len(run.sizes)
        for data, size in zip(cut, run.sizes, strict=True):
            assert len(data) == size + tag_bytes
            received.append(rtp.parse(data[:size]))
    assert [read.payload for read in received] == [sent.payload for sent in packets]
    assert [read.sequence for read in received] == [sent.number % 65536 for sent in packets]
    assert {(read.payload_type, read.ssrc) for read in received} <= {(101, 0xFEED)}


@given(SIZES)
def test_all_segments_but_the_last_have_one_size(sizes: list[int]) -> None:
    for run in write_runs([packet(n, size) for n, size in enumerate(sizes)], 101, 1, TAG_BYTES):
        cut = segments(run)
        if len(run.sizes) > 1:
            assert {len(data) for data in cut[:-1]} == {run.segment_bytes}
            assert 0 < len(cut[-1]) <= run.segment_bytes


@given(SIZES)
def test_without_padding_a_packet_is_the_same_alone_and_among_others(sizes: list[int]) -> None:
    packets = [packet(number, size) for number, size in enumerate(sizes)]
    together = write_runs(packets, 101, 1, TAG_BYTES, pad=False)
    alone = [write_runs((sent,), 101, 1, TAG_BYTES, pad=False)[0].template for sent in packets]
    assert [data for run in together for data in segments(run)] == alone
    for run in together:
        assert len({len(data) for data in segments(run)[:-1]} | {run.segment_bytes}) == 1


@given(SIZES)
def test_padding_is_never_more_than_it_can_say(sizes: list[int]) -> None:
    packets = [packet(number, size) for number, size in enumerate(sizes)]
    runs = write_runs(packets, 101, 1, 0)
    written = [size for run in runs for size in run.sizes]
    for sent, size in zip(packets, written, strict=True):
        assert 0 <= size - rtp.HEADER_BYTES - len(sent.payload) <= rtp.MAX_PADDING_BYTES


def test_packets_of_an_even_frame_leave_in_one_run_without_padding_the_last() -> None:
    runs = write_runs([packet(0, 1100), packet(1, 1101), packet(2, 600)], 101, 1, TAG_BYTES)
    assert [run.sizes for run in runs] == [(1113, 1113, 612)]


def test_a_packet_too_small_to_pad_ends_its_run() -> None:
    runs = write_runs([packet(0, 1100), packet(1, 300), packet(2, 1100), packet(3, 1100)], 101, 1, 0)
    assert [run.sizes for run in runs] == [(1112, 312), (1112, 1112)]


def test_a_packet_too_large_to_pad_for_begins_a_run() -> None:
    runs = write_runs([packet(0, 100), packet(1, 1100)], 101, 1, 0)
    assert [run.sizes for run in runs] == [(112,), (1112,)]


def test_packets_without_payload_stay_padding_and_in_step() -> None:
    """A browser probing the path sends several in a row."""
    (run,) = write_runs([packet(0, 0), packet(1, 0), packet(2, 0)], 101, 1, TAG_BYTES)
    assert [rtp.parse(data[: -TAG_BYTES or None]).payload for data in segments(run)] == [b"", b"", b""]
    assert run.sizes == (13, 13, 13)


def test_the_marker_is_kept() -> None:
    (run,) = write_runs([packet(0, 9), packet(1, 9, marker=True)], 101, 1, 0)
    assert [rtp.parse(data).marker for data in segments(run)] == [False, True]


def test_a_burst_is_complete_at_the_end_of_a_frame_or_when_full() -> None:
    burst = Burst()
    assert burst.add(packet(0, 9, marker=True))
    assert [sent.number for sent in burst.take()] == [0]
    assert len(burst) == 0
    full = [burst.add(packet(number, 9)) for number in range(MAX_PACKETS)]
    assert full == [False] * (MAX_PACKETS - 1) + [True]
    assert len(burst.take()) == MAX_PACKETS
    assert burst.take() == []


def test_a_burst_holds_packets_of_one_format() -> None:
    burst = Burst()
    other = packet(1, 9, fmt=CodecFormat("VP8", 97, 90_000))
    assert not burst.differs(other)
    burst.add(packet(0, 9))
    assert burst.differs(other)
    assert not burst.differs(packet(1, 9))
