"""Bits from the most significant on, with the variable-length codes that video headers use."""

from .errors import MalformedPayload


class BitReader:
    """Reads `data`. Raises `MalformedPayload` past its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data) * 8

    def read(self, bits: int) -> int:
        """An unsigned number of `bits` bits."""
        end = self._at + bits
        if end > self._end:
            raise MalformedPayload("a header is truncated")
        first, last = self._at >> 3, (end + 7) >> 3
        value = int.from_bytes(self._data[first:last], "big") >> (last * 8 - end)
        self._at = end
        return value & ((1 << bits) - 1)

    def flag(self) -> bool:
        return self.read(1) == 1

    def skip(self, bits: int) -> None:
        self.read(bits)

    def exp_golomb(self) -> int:
        """ue(v) of H264 section 9.1, and uvlc() of AV1 section 4.10.3: they are the same."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise MalformedPayload("a number in a header is too long")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed_exp_golomb(self) -> int:
        """se(v) of H264 section 9.1.1."""
        value = self.exp_golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number of AV1 (section 4.10.5) at `at`, and where it ends. Raises `MalformedPayload`."""
    value = 0
    for index in range(8):
        if at + index >= len(data):
            break
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, at + index + 1
    raise MalformedPayload("a length is truncated")


def to_leb128(value: int) -> bytes:
    """The shortest form."""
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)
