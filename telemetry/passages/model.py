"""Passages that somebody says took place, and what the track says of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from dispatch.kernel.ids import ReceiptId, VehicleId

Side: TypeAlias = Literal["entry", "exit", "gantry"]
Verdict: TypeAlias = Literal["confirmed", "contradicted", "no-data", "no-place", "no-vehicle"]


@dataclass(frozen=True, slots=True)
class Rules:
    """When a track agrees."""

    within_s: int = 900  # clocks of lanes differ: so long before and after counts
    near_m: int = 2_000  # a station is large, and its stored position one point
    line_s: int = 600  # between fixes further apart nothing is assumed of the way
    detour_kmh: int = 150  # what may have been driven unseen
    parked_m: int = 300  # both fixes of a silence so close together ...
    parked_s: int = 1_800  # ... in so short a time: it stood there


DEFAULT_RULES: Final = Rules()


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says that a vehicle passed a place. Microseconds; 1e-7 degrees; None: not known."""

    at: int
    lon: int | None
    lat: int | None


@dataclass(frozen=True, slots=True)
class Check:
    """What the track says.

    distance_m: the least between track and place within the time allowed, and near_at when.
    lon, lat: where the vehicle was at the moment, between the fixes of before_at and after_at.
    fixes: usable ones within the time allowed.
    """

    verdict: Verdict
    distance_m: int | None = None
    near_at: int | None = None
    lon: int | None = None
    lat: int | None = None
    before_at: int | None = None
    after_at: int | None = None
    fixes: int = 0


@dataclass(frozen=True, slots=True)
class TollCheck:
    """A check as stored. A side of a receipt, or a gantry that a terminal saw; degrees WGS-84."""

    id: int
    side: Side
    receipt_id: ReceiptId | None
    seen_at: datetime | None
    vehicle_id: VehicleId | None
    at: datetime
    place: str | None
    amount_fen: int | None
    verdict: Verdict
    distance_m: int | None
    near_at: datetime | None
    lon: float | None
    lat: float | None
    before_at: datetime | None
    after_at: datetime | None
    fixes: int


@dataclass(frozen=True, slots=True)
class TollPlace:
    """A station or gantry by the name that receipts and units give; degrees WGS-84."""

    name: str
    kind: Literal["station", "gantry"]
    lon: float
    lat: float
