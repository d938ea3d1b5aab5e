"""Place matrices from a routing server of one's own: OSRM or Valhalla, over HTTP.

Formats: OSRM HTTP API v5, service `table`; Valhalla's time-distance matrix service,
`sources_to_targets`. Never a public server by default: the address is the installer's.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import httpx
import msgspec
import numpy as np
from numpy.typing import NDArray

from optimizer.problem import MOST_METRES, MOST_SECONDS, Matrix

TIMEOUT_S = 30.0
MOST_REPLY = 50_000_000
T = TypeVar("T")
Points = NDArray[np.float64]
Table = list[list[float | None]]
Block = tuple[NDArray[np.float64], NDArray[np.float64]]
"""(sources, targets) seconds and metres; inf where there is no way."""


class NoTable(RuntimeError):
    """The server did not answer with a table; the message says what it said instead."""


class TravelTimes(Protocol):
    """Whoever knows drive times between positions."""

    async def matrix(self, points: NDArray[np.float64]) -> Matrix:
        """Seconds and metres between all of (n, 2) positions, lon and lat in degrees WGS-84.

        Raises:
            NoTable: they cannot be told.
        """


class _Dialect(Protocol):
    @property
    def most(self) -> int:
        """Positions that one request may have."""

    async def block(self, client: httpx.AsyncClient, a: Points, b: Points) -> Block:
        """The table from positions a to positions b."""


class _OsrmReply(msgspec.Struct):
    code: str
    message: str = ""
    durations: Table | None = None
    distances: Table | None = None


class _Pair(msgspec.Struct):
    time: float | None = None
    distance: float | None = None


class _Tables(msgspec.Struct):
    durations: Table
    distances: Table


class _ValhallaReply(msgspec.Struct):
    # Newer versions have a terse answer: two tables instead of a table of pairs.
    sources_to_targets: list[list[_Pair]] | _Tables | None = None
    error: str = ""
    error_code: int = 0


@dataclass(frozen=True, slots=True)
class Osrm:
    """OSRM's `table`; `most` positions a request (its --max-table-size, 100 by default)."""

    url: str
    profile: str = "driving"
    most: int = 100

    async def block(self, client: httpx.AsyncClient, a: Points, b: Points) -> Block:
        """See `_Dialect`."""
        where = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in np.concatenate([a, b]))
        asked = {
            "annotations": "duration,distance",
            "sources": ";".join(str(i) for i in range(len(a))),
            "destinations": ";".join(str(len(a) + i) for i in range(len(b))),
        }
        url = f"{self.url.rstrip('/')}/table/v1/{self.profile}/{where}"
        said = await _said(client, client.build_request("GET", url, params=asked), _OsrmReply)
        if said.code != "Ok" or said.durations is None or said.distances is None:
            raise NoTable(f"OSRM: {said.code} {said.message}")
        shape = (len(a), len(b))
        return _layer(said.durations, shape), _layer(said.distances, shape)


@dataclass(frozen=True, slots=True)
class Valhalla:
    """Valhalla's matrix; `most` positions a request (service_limits.*.max_matrix_locations)."""

    url: str
    costing: str = "auto"
    most: int = 50

    async def block(self, client: httpx.AsyncClient, a: Points, b: Points) -> Block:
        """See `_Dialect`."""
        asked = {
            "sources": [{"lon": float(lon), "lat": float(lat)} for lon, lat in a],
            "targets": [{"lon": float(lon), "lat": float(lat)} for lon, lat in b],
            "costing": self.costing,
            "units": "kilometers",
        }
        url = f"{self.url.rstrip('/')}/sources_to_targets"
        said = await _said(client, client.build_request("POST", url, json=asked), _ValhallaReply)
        rows, shape = said.sources_to_targets, (len(a), len(b))
        if said.error or rows is None:
            raise NoTable(f"Valhalla: {said.error_code} {said.error}")
        if isinstance(rows, _Tables):
            return _layer(rows.durations, shape), _layer(rows.distances, shape) * 1000
        seconds = _layer([[pair.time for pair in row] for row in rows], shape)
        return seconds, _layer([[pair.distance for pair in row] for row in rows], shape) * 1000


@dataclass(frozen=True, slots=True)
class Served:
    """A server's answers put together into one matrix; `name` goes into its version."""

    dialect: _Dialect
    name: str

    async def matrix(self, points: NDArray[np.float64]) -> Matrix:
        """See `TravelTimes`; pairs the server knows no way between make it fail."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        n = len(points)
        seconds, metres = np.zeros((n, n)), np.zeros((n, n))
        async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
            for rows, columns in _tiles(n, max(1, self.dialect.most // 2)):
                block = await self.dialect.block(client, points[rows], points[columns])
                seconds[rows, columns], metres[rows, columns] = block
        np.fill_diagonal(seconds, 0.0)
        np.fill_diagonal(metres, 0.0)
        lost = np.argwhere(~(np.isfinite(seconds) & np.isfinite(metres)))
        if len(lost):
            a, b = (points[i].tolist() for i in lost[0])
            raise NoTable(f"{self.name} knows no way from {a} to {b}, and {len(lost) - 1} others")
        if seconds.max(initial=0) > MOST_SECONDS or metres.max(initial=0) > MOST_METRES:
            raise NoTable(f"{self.name} tells drives beyond {MOST_METRES // 1000} km")
        whole_s, whole_m = np.ceil(seconds), np.rint(metres)
        digest = hashlib.sha256(whole_s.tobytes() + whole_m.tobytes() + points.tobytes())
        version = f"{self.name}-{digest.hexdigest()[:16]}"
        return Matrix(whole_s.astype(np.uint32), whole_m.astype(np.uint32), version)


def server_at(url: str) -> Served:
    """The server that a setting names: osrm+http://host:5000 or valhalla+http://host:8002.

    Raises:
        ValueError: it is neither.
    """
    kind, plus, rest = url.partition("+")
    if not plus or not rest.startswith(("http://", "https://")):
        raise ValueError("a routing server is osrm+http://… or valhalla+http://…")
    if kind == "osrm":
        return Served(Osrm(rest), "osrm")
    if kind == "valhalla":
        return Served(Valhalla(rest), "valhalla")
    raise ValueError(f"unknown kind of routing server: {kind}")


def _tiles(n: int, size: int) -> Iterator[tuple[slice, slice]]:
    for a in range(0, n, size):
        for b in range(0, n, size):
            yield slice(a, min(a + size, n)), slice(b, min(b + size, n))


async def _said(client: httpx.AsyncClient, request: httpx.Request, kind: type[T]) -> T:
    try:
        reply = await client.send(request)
    except httpx.HTTPError as error:
        raise NoTable(f"{request.url.host}: {error or type(error).__name__}") from error
    if len(reply.content) > MOST_REPLY:
        raise NoTable(f"{request.url.host}: an answer of {len(reply.content)} bytes")
    try:
        return msgspec.json.decode(reply.content, type=kind)
    except msgspec.MsgspecError as error:
        raise NoTable(f"{request.url.host}: HTTP {reply.status_code}: {error}") from None


def _layer(rows: Table, shape: tuple[int, int]) -> NDArray[np.float64]:
    """A table of numbers, null: no way."""
    if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
        raise NoTable(f"a table of {len(rows)} rows that is not {shape[0]} by {shape[1]}")
    layer = np.array([[math.inf if x is None else x for x in row] for row in rows])
    if (layer < 0).any():
        raise NoTable("a table with numbers below 0")
    return layer
