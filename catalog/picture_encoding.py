"""Uploaded pictures made harmless: decoded within bounds, turned upright, cut square, encoded again.

What leaves here holds pixels only: no EXIF, no colour profile, no text, no second frame. Runs in a worker thread.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from catalog.errors import PictureInvalid

UPLOAD_MAX_BYTES = 5 * 1024 * 1024
UPLOAD_TYPES = ("image/jpeg", "image/png", "image/webp")
LARGE_PX = 512
SMALL_PX = 128
SIDE_MIN_PX = 32
SIDE_MAX_PX = 12_000
PIXELS_MAX = 40_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A square picture in both sizes, as WebP."""

    large: bytes
    small: bytes


def encode_picture(upload: bytes) -> EncodedPicture:
    """Raises ``PictureInvalid`` for what is no JPEG, PNG or WebP, is broken, or has too many pixels or too few.

    The bounds are checked on the header, before any pixel is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # we have bounds of our own, and tell the uploader
            with Image.open(io.BytesIO(upload), formats=_FORMATS) as image:
                _require_bounds(image.width, image.height)
                # JPEG decodes straight to a smaller size, down to what is needed.
                image.draft("RGB", (2 * LARGE_PX, 2 * LARGE_PX))
                square = ImageOps.fit(_upright(image), (LARGE_PX, LARGE_PX), Image.Resampling.LANCZOS)
    except PictureInvalid:
        raise
    except Image.DecompressionBombError:
        raise PictureInvalid(_too_large()) from None
    # A decoder fed with garbage raises what it likes; none of it is our fault, and none of it is told.
    except Exception:
        raise PictureInvalid("this is no JPEG, PNG or WebP picture, or it is broken") from None
    small = square.resize((SMALL_PX, SMALL_PX), Image.Resampling.LANCZOS)
    return EncodedPicture(_webp(square), _webp(small))


def _require_bounds(width: int, height: int) -> None:
    if max(width, height) > SIDE_MAX_PX or width * height > PIXELS_MAX:
        raise PictureInvalid(_too_large())
    if min(width, height) < SIDE_MIN_PX:
        raise PictureInvalid(f"a picture has at least {SIDE_MIN_PX} pixels each way")


def _too_large() -> str:
    return f"a picture has at most {PIXELS_MAX // 1_000_000} million pixels, and {SIDE_MAX_PX:,} each way"


def _upright(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    profile = upright.info.get("icc_profile")
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    if profile and upright.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                upright,
                source,
                ImageCms.createProfile("sRGB"),
                outputMode="RGB" if upright.mode == "CMYK" else None,
            )
            upright = converted or upright
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile nobody understands: the colours as they are
    return upright.convert(mode)


def _webp(image: Image.Image) -> bytes:
    image.info = {}
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()
