"""Clients' frames: what is read, however it is cut up, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.gateway.frames import ClientMessage, FrameError, FrameReader, close_code
from signaling.gateway.handshake import accept_value, chosen_subprotocol
from signaling.gateway.wire import BINARY, CLOSE, PING, TEXT, frame
from tests.signaling.gateway.raw import masked

ASKING = {
    "Upgrade": "WebSocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
messages = st.lists(
    st.one_of(
        st.tuples(st.just(TEXT), st.text(max_size=300).map(str.encode)),
        st.tuples(st.just(BINARY), st.binary(max_size=300)),
        st.tuples(st.just(PING), st.binary(max_size=125)),
    ),
    max_size=8,
)


@given(messages, st.data())
def test_messages_come_out_as_they_went_in_however_they_are_cut(
    sent: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    stream = b""
    for opcode, payload in sent:
        parts = data.draw(st.integers(1, 4)) if opcode in (TEXT, BINARY) else 1
        cuts = sorted(data.draw(st.integers(0, len(payload))) for _ in range(parts - 1))
        pieces = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
        for index, piece in enumerate(pieces):
            stream += masked(piece, opcode if index == 0 else 0x0, final=index == len(pieces) - 1)
            if data.draw(st.booleans()):
                stream += masked(b"between", PING)
    reader, read = FrameReader(1_000), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        read += reader.feed(stream[:size])
        stream = stream[size:]
    found = [(each.opcode, each.data) for each in read if each.data != b"between"]
    wanted = [(opcode, data_.decode() if opcode == TEXT else data_) for opcode, data_ in sent]
    assert found == [each for each in wanted if each[1] != b"between"]


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(noise: bytes) -> None:
    reader = FrameReader(100)
    codes = set()
    try:
        for byte in noise:
            reader.feed(bytes((byte,)))
    except FrameError as error:
        codes.add(error.code)
    assert codes <= {1002, 1007, 1009}
    assert len(reader._buffer) + len(reader._fragments) <= 100 + 14 + 100


def test_what_is_too_large_is_refused_by_its_header_alone() -> None:
    with pytest.raises(FrameError) as caught:
        FrameReader(100).feed(masked(bytes(101), BINARY)[:8])
    assert caught.value.code == 1009
    assert FrameReader(100).feed(masked(bytes(100), BINARY)) == [ClientMessage(BINARY, bytes(100))]


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_the_servers_frames_are_as_long_as_they_say(length: int) -> None:
    data = frame(bytes(length), BINARY)
    header = 2 if length < 126 else 4 if length < 1 << 16 else 10
    assert len(data) == header + length
    assert data[0] == 0x82
    assert not data[1] & 0x80


def test_close_codes_that_only_say_there_was_none_are_not_sent_back() -> None:
    known = {
        code: close_code(code.to_bytes(2, "big")) for code in (1000, 1001, 1005, 1006, 1015, 999, 5000, 4001)
    }
    assert known == {
        1000: 1000, 1001: 1001, 1005: None, 1006: None, 1015: None, 999: None, 5000: None, 4001: 4001
    }  # fmt: skip
    assert close_code(b"") is close_code(b"\x03") is None
    assert CLOSE == 0x8


def test_the_handshake_of_rfc_6455() -> None:
    assert accept_value(ASKING) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Upgrade", "h2c"),
        ("Connection", "keep-alive"),
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Key", "short"),
        ("Sec-WebSocket-Key", ""),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==\x00"),
        ("Sec-WebSocket-Key", "é"),
    ],
)
def test_what_is_no_handshake(header: str, value: str) -> None:
    assert accept_value({**ASKING, header: value}) is None


def test_the_first_subprotocol_that_is_known_is_chosen() -> None:
    assert chosen_subprotocol(["a, b", "c"], ("c", "b")) == "b"
    assert chosen_subprotocol(["a"], ("c",)) is None
    assert chosen_subprotocol([], ("c",)) is None
