"""Photos from phones: decoded, shrunk and written anew, so that nothing else survives."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from dispatch.orders.errors import BadPhoto

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_PX = 1_600
_FORMATS = ("JPEG", "PNG", "WEBP")


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
            upright = ImageOps.exif_transpose(image).convert("RGB")
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
