"""Photos from phones: decoded, shrunk and written anew, so that nothing else survives."""

import hashlib
import io
import struct
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from dispatch.orders.errors import BadPhoto

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_PX = 1_600
_FORMATS = ("JPEG", "PNG", "WEBP")
_ORIENTATION = 0x0112
_TURNS = {  # EXIF 2.32, 4.6.5 A
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG of ours without metadata, and its SHA-256."""

    content: bytes
    digest: bytes
    media_type: str = "image/jpeg"


def reencode(upload: bytes) -> Photo:
    """Read an upload as an image and write it as JPEG, upright, at most 1,600 px a side.

    Takes up to seconds: for a thread of its own.

    Raises:
        BadPhoto: empty, over 8 MiB or 50 megapixels, or not JPEG, PNG or WebP.
    """
    if not 0 < len(upload) <= MOST_BYTES:
        raise BadPhoto(f"a photo has 1 to {MOST_BYTES} bytes")
    try:
        with Image.open(io.BytesIO(upload), formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadPhoto(f"a photo has at most {MOST_PIXELS} pixels")
            image.draft("RGB", (LONGEST_PX, LONGEST_PX))
            turn = _TURNS.get(_orientation(image))
            upright = (image if turn is None else image.transpose(turn)).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadPhoto("this is no image that can be read") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPhoto(f"a photo has at most {MOST_PIXELS} pixels") from error
    upright.thumbnail((LONGEST_PX, LONGEST_PX))
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=85)
    content = out.getvalue()
    return Photo(content, hashlib.sha256(content).digest())


def _orientation(image: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 too where the metadata are broken: the picture counts."""
    try:
        said = image.getexif().get(_ORIENTATION)
    except (struct.error, TypeError, ValueError, SyntaxError, OSError, KeyError):
        return 1
    return said if isinstance(said, int) else 1
