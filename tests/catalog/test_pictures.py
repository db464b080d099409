"""Pictures: what is let in, what becomes of it, and what is left on the disk."""

import asyncio
import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from catalog.errors import PictureInvalid
from catalog.picture_encoding import UPLOAD_MAX_BYTES, encode_picture
from tests.accounts.conftest import Person, Site
from tests.catalog.conftest import Client

RED, BLUE = (220, 20, 20), (20, 20, 220)


def picture(
    format_: str = "PNG",
    size: tuple[int, int] = (300, 200),
    colour: tuple[int, int, int] = RED,
    **options: object,
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format_, **options)
    return out.getvalue()


def decoded(webp: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(webp))
    image.load()
    return image


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(300, 200), (32, 900), (2_000, 2_000)])
def test_what_comes_out_is_square_webp_in_two_sizes(format_: str, size: tuple[int, int]) -> None:
    encoded = encode_picture(picture(format_, size))
    for webp, side in ((encoded.large, 512), (encoded.small, 128)):
        image = decoded(webp)
        assert (image.format, image.size) == ("WEBP", (side, side))
        pixel = image.convert("RGB").getpixel((side // 2, side // 2))
        assert isinstance(pixel, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(pixel, RED, strict=True))


def test_a_picture_is_turned_upright_and_loses_what_it_told() -> None:
    image = Image.new("RGB", (400, 400), RED)
    image.paste(BLUE, (0, 0, 400, 200))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"taken at home")
    upright = decoded(encode_picture(out.getvalue()).large)
    pixel = upright.convert("RGB").getpixel((256, 10))
    assert isinstance(pixel, tuple)
    assert pixel[0] > pixel[2]
    assert not upright.getexif()
    assert b"taken at home" not in encode_picture(out.getvalue()).large


def test_a_transparent_picture_stays_transparent() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(out, "PNG")
    assert decoded(encode_picture(out.getvalue()).large).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_pictures_of_every_kind_are_taken(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (64, 64)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    encode_picture(out.getvalue())


def bomb(width: int, height: int) -> bytes:
    """A PNG of this size that was never filled: few bytes, and a lot of memory for who believes it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(50_000, 50_000), (12_001, 32), (8_000, 8_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(PictureInvalid, match="million pixels"):
        encode_picture(bomb(*size))


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"GIF89a",
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:-40],
        bomb(100, 100),
        picture(size=(31, 400)),
    ],
)
def test_what_is_no_picture_is_refused(upload: bytes) -> None:
    with pytest.raises(PictureInvalid):
        encode_picture(upload)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP"]),
    st.lists(st.tuples(st.integers(0), st.binary(max_size=4)), max_size=8),
)
def test_a_broken_picture_breaks_nothing(format_: str, damages: list[tuple[int, bytes]]) -> None:
    data = bytearray(picture(format_, (64, 64)))
    for at, damage in damages:
        at %= len(data)
        data[at : at + len(damage)] = damage
    try:
        encode_picture(bytes(data))
    except PictureInvalid:
        return


async def put(
    person: Person, upload: bytes, content_type: str = "image/png"
) -> tuple[int, dict[str, object]]:
    response = await person.site.client.put(
        "/api/v1/channels/miles/picture",
        data=upload,
        headers={"Authorization": f"Bearer {person.token}", "Content-Type": content_type},
    )
    return response.status, await response.json(content_type=None)


def files(tmp_path: Path) -> set[str]:
    directory = tmp_path / "pictures"
    return {path.name for path in directory.iterdir()} if directory.exists() else set()


async def test_a_picture_is_served_for_ever_under_its_hash(
    client: Client, site: Site, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    status, channel = await put(miles, picture())
    assert status == 200
    shown = (await site.call("GET", "/channels/miles")).body["picture"]
    assert channel["picture"] == shown
    for size, side in (("large", 512), ("small", 128)):
        response = await client.get(shown[size])
        assert response.status == 200
        assert response.content_type == "image/webp"
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert decoded(await response.read()).size == (side, side)
    assert files(tmp_path) == {shown[size].removeprefix("/pictures/") for size in shown}


async def test_a_picture_nobody_shows_is_removed_and_a_shared_one_stays(
    client: Client, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    await miles.call("POST", "/channels", {"name": "second"})
    headers = {"Authorization": f"Bearer {miles.token}", "Content-Type": "image/png"}
    await put(miles, picture())
    await client.put("/api/v1/channels/second/picture", data=picture(), headers=headers)
    assert len(files(tmp_path)) == 2
    await put(miles, picture(colour=BLUE))
    assert len(files(tmp_path)) == 4
    await put(miles, picture(colour=BLUE))
    assert len(files(tmp_path)) == 4
    assert (await miles.call("DELETE", "/channels/miles/picture")).body["picture"] is None
    assert len(files(tmp_path)) == 2
    await miles.call("DELETE", "/channels/second")
    assert files(tmp_path) == set()


async def test_uploads_at_once_leave_one_whole_picture(
    client: Client, site: Site, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    results = await asyncio.gather(*(put(miles, picture(colour=(n * 60, 0, 0))) for n in range(4)))
    assert {status for status, _ in results} == {200}
    shown = (await site.call("GET", "/channels/miles")).body["picture"]
    assert files(tmp_path) == {path.removeprefix("/pictures/") for path in shown.values()}


@pytest.mark.parametrize(
    ("upload", "content_type", "status"),
    [
        (b"nothing", "image/png", 422),
        (picture("GIF"), "image/gif", 415),
        (picture(), "application/json", 415),
        (bytes(UPLOAD_MAX_BYTES + 1), "image/png", 413),
    ],
    ids=["broken", "gif", "json", "huge"],
)
async def test_what_cannot_be_shown_is_not_taken(
    miles: Person, miles_key: str, upload: bytes, content_type: str, status: int, tmp_path: Path
) -> None:
    assert (await put(miles, upload, content_type))[0] == status
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/" + "0" * 40 + "-512.webp",
        "/pictures/" + "0" * 40 + "-64.webp",
        "/pictures/../harmonie.sqlite3",
        "/pictures/%2e%2e%2fharmonie.sqlite3-512.webp",
    ],
)
async def test_nothing_else_of_the_data_directory_is_served(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404
