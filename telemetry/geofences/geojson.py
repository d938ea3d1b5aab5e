"""Fences from GeoJSON files, and back."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch.kernel.db import Conn
from dispatch.kernel.errors import FleetError
from dispatch.kernel.ids import FenceId, PoolId
from dispatch.kernel.place import Datum, from_wgs84, to_wgs84
from telemetry.geofences.drafts import Draft, GeoJson, Kind, Problem
from telemetry.geofences.errors import InvalidGeoJson
from telemetry.geofences.service import create
from telemetry.geofences.shapes import check
from telemetry.geofences.store import FenceLine, from_windows, to_windows

Turn = Callable[[float, float], tuple[float, float]]
FEATURES_AT_MOST = 2_000
_DIGITS = 7
_NO_POOL = PoolId(0)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a file: a fence of no platform yet, or what is wrong with it.

    index: from 0. has_kind: whether the file says its kind.
    """

    index: int
    name: str
    draft: Draft | None
    problems: tuple[Problem, ...]
    has_kind: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a feature: a fence, or problems; in a dry run neither."""

    index: int
    name: str
    fence_id: FenceId | None
    problems: tuple[Problem, ...]


def read_geojson(text: str | bytes, datum: Datum) -> list[Feature]:
    """The features of a FeatureCollection, converted to WGS-84 and checked one by one.

    Properties: name, kind, radius_m, limit_kmh, confirm_fixes, confirm_s, windows, as
    export_geojson writes them. Others are ignored.

    Raises:
        InvalidGeoJson: the file as a whole cannot be read.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidGeoJson(f"not JSON: {error}") from error
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list) or whole.get("type") != "FeatureCollection":
        raise InvalidGeoJson("a file is a GeoJSON FeatureCollection")
    if len(features) > FEATURES_AT_MOST:
        raise InvalidGeoJson(f"{len(features)} features; at most {FEATURES_AT_MOST}")
    return [_feature(i, f, datum) for i, f in enumerate(features)]


def _feature(index: int, given: GeoJson, datum: Datum) -> Feature:
    properties = given.get("properties") if isinstance(given, dict) else None
    said: dict[str, Any] = properties if isinstance(properties, dict) else {}
    name = str(said.get("name") or f"#{index + 1}")
    try:
        draft = _draft(name, said, given, datum)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        problem = Problem("properties", f"a property cannot be understood: {error}")
        return Feature(index, name, None, (problem,))
    problems = check(draft)
    return Feature(index, name, None if problems else draft, tuple(problems), "kind" in said)


def _draft(name: str, said: dict[str, Any], given: GeoJson, datum: Datum) -> Draft:
    shape = given.get("geometry") if isinstance(given, dict) else None
    return Draft(
        _NO_POOL,
        name,
        said.get("kind", "custom"),
        turned(shape, lambda lon, lat: to_wgs84(lon, lat, datum)),
        _whole(said.get("radius_m")),
        windows=from_windows(said.get("windows") or []),
        limit_kmh=_whole(said.get("limit_kmh")),
        confirm_fixes=_whole(said.get("confirm_fixes")),
        confirm_s=_whole(said.get("confirm_s")),
    )


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))


def turned(shape: GeoJson, turn: Turn) -> GeoJson:
    """A geometry with every position in another datum; what is no position stays."""
    if not isinstance(shape, dict):
        return shape
    return {**shape, "coordinates": _turned(shape.get("coordinates"), turn)}


def _turned(given: GeoJson, turn: Turn) -> GeoJson:
    if not isinstance(given, list):
        return given
    numbers = [x for x in given if isinstance(x, int | float) and not isinstance(x, bool)]
    if len(numbers) == len(given) >= 2:
        lon, lat = turn(float(numbers[0]), float(numbers[1]))
        return [round(lon, _DIGITS), round(lat, _DIGITS)]
    return [_turned(one, turn) for one in given]


async def import_features(
    conn: Conn,
    features: Sequence[Feature],
    pool_id: PoolId,
    kind: Kind | None,
    *,
    since: datetime,
    at: datetime,
    by: str,
    dry_run: bool,
) -> list[Imported]:
    """Create fences of features, each for itself: one that cannot be does not stop the others.

    Args:
        conn: in a transaction.
        features: of read_geojson.
        pool_id: whose fences.
        kind: of those whose file does not say it; None: custom.
        since: in force from then on.
        at: product time.
        by: whose doing, pseudonymous.
        dry_run: try everything, keep nothing.
    """
    return [
        await _import(conn, f, pool_id, kind, since=since, at=at, by=by, dry_run=dry_run)
        for f in features
    ]


class _KeepNothing(Exception):
    """Ends a transaction that was only tried."""


async def _import(
    conn: Conn,
    feature: Feature,
    pool_id: PoolId,
    kind: Kind | None,
    *,
    since: datetime,
    at: datetime,
    by: str,
    dry_run: bool,
) -> Imported:
    if feature.draft is None:
        return Imported(feature.index, feature.name, None, feature.problems)
    draft = replace(feature.draft, pool_id=pool_id)
    if kind and not feature.has_kind:
        draft = replace(draft, kind=kind)
    fence_id = None
    try:
        async with conn.transaction():
            fence_id = await create(conn, draft, since=since, at=at, by=by)
            if dry_run:
                raise _KeepNothing
    except _KeepNothing:
        return Imported(feature.index, feature.name, None, ())
    except FleetError as error:
        problem = Problem(error.code, str(error))
        return Imported(feature.index, feature.name, None, (problem,))
    return Imported(feature.index, feature.name, fence_id, ())


def export_geojson(lines: Sequence[FenceLine], datum: Datum = "wgs84") -> GeoJson:
    """A FeatureCollection that read_geojson understands, positions in the datum."""
    features: list[GeoJson] = [
        {
            "type": "Feature",
            "id": line.id,
            "geometry": turned(line.shape, lambda lon, lat: from_wgs84(lon, lat, datum)),
            "properties": _properties(line, datum),
        }
        for line in lines
    ]
    return {"type": "FeatureCollection", "features": features}


def _properties(line: FenceLine, datum: Datum) -> GeoJson:
    said: dict[str, Any] = {
        "name": line.name,
        "kind": line.kind,
        "radius_m": line.radius_m,
        "limit_kmh": line.limit_kmh,
        "confirm_fixes": line.confirm_fixes,
        "confirm_s": line.confirm_s,
        "windows": to_windows(line.windows),
        "datum": datum,
    }
    return {key: value for key, value in said.items() if value not in (None, [])}
