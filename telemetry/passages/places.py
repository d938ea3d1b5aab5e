"""Stations and gantries from a file: JSON or CSV with name, lon, lat and kind."""

import csv
import io
from typing import Annotated, Final, Literal

import msgspec

from dispatch.kernel.errors import Invalid
from telemetry.passages.model import TollPlace

_AT_MOST: Final = 100_000


class InvalidPlaces(Invalid):
    """The file is not a list of places; the message says where."""

    code = "toll-places-invalid"


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    kind: Literal["station", "gantry"] = "station"


def read_places(content: bytes) -> list[TollPlace]:
    """Places in WGS-84 from a JSON array of objects, or a CSV with a header line.

    Raises:
        InvalidPlaces: it is neither, a value is out of range, or there are too many.
    """
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("["):
            rows = msgspec.json.decode(text, type=list[_Row])
        else:
            said = list(csv.DictReader(io.StringIO(text), strict=True))
            rows = msgspec.convert(said, type=list[_Row], strict=False)
    except (UnicodeDecodeError, csv.Error, msgspec.MsgspecError) as error:
        raise InvalidPlaces(f"not a list of places: {error}") from error
    if len(rows) > _AT_MOST:
        raise InvalidPlaces(f"{len(rows)} places are more than {_AT_MOST}")
    return [TollPlace(r.name, r.kind, r.lon, r.lat) for r in rows]
