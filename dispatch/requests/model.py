"""What is asked for, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from dispatch.kernel.ids import PersonId, PlaceId, PoolId, RequestId, UnitId

Kind = Literal["wait_and_return", "drop_off", "whole_day", "multi_day"]
Severity = Literal["block", "review", "warn"]
Stage = Literal["unit", "authority", "rental"]
Decision = Literal["approved", "rejected", "returned"]
State = Literal[
    "submitted",
    "unit_approved",
    "approved",
    "assigned",
    "completed",
    "rejected",
    "returned_for_edit",
    "cancelled",
    "expired",
]
Facts: TypeAlias = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Place:
    """A named place; `adcode` is its county, None outside the city. Degrees WGS-84."""

    id: PlaceId
    name: str
    lon: float
    lat: float
    adcode: str | None


Travel: TypeAlias = Callable[[Place, Place], tuple[int, int]]
"""Planned (seconds, metres) from one place to another; handed in from above."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as its author wrote it.

    Attributes:
        client_key: made by the author's program; a double submit is one request.
        return_at: when the party leaves the car.
        vehicle_class: a wish; None: any that seats all.
        shareable: others may ride along, if the house rules let them (H16, H21).
    """

    client_key: str
    unit_id: UnitId
    purpose: str
    purpose_text: str
    passengers: int
    lead_passenger: str
    kind: Kind
    from_place: PlaceId
    to_place: PlaceId
    depart_at: datetime
    return_at: datetime
    vehicle_class: str | None = None
    emergency: bool = False
    shareable: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """One house rule that a request breaks; numbers are in `facts`."""

    rule: str
    code: str
    severity: Severity
    facts: Facts
    message: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Check:
    """What the house rules say to a request, and the way it would go (one way)."""

    violations: tuple[Violation, ...]
    distance_m: int
    drive_s: int
    out_of_city: bool

    @property
    def blocked(self) -> bool:
        """Whether some rule forbids the request."""
        return any(v.severity == "block" for v in self.violations)

    @property
    def review_required(self) -> bool:
        """Whether the authority must approve, too."""
        return any(v.severity == "review" for v in self.violations)


@dataclass(frozen=True, slots=True)
class Request:
    """A stored request. `pool_id` is the platform of its unit on the day it was made."""

    id: RequestId
    unit_id: UnitId
    unit_name: str
    pool_id: PoolId
    requested_by: PersonId
    purpose: str
    purpose_text: str
    passengers: int
    lead_passenger: str
    kind: Kind
    origin: Place
    destination: Place
    depart_at: datetime
    return_at: datetime
    vehicle_class: str | None
    emergency: bool
    out_of_city: bool
    state: State
    review_required: bool
    violations: list[dict[str, object]]
    reject_reason: str | None
    version: int
    submitted_at: datetime
    decided_at: datetime | None
    promised_at: datetime | None
    distance_m: int
    drive_s: int
    shareable: bool = True


@dataclass(frozen=True, slots=True)
class LongPromise:
    """A promised request over several days; `vehicle_id`: the car it was promised on, if known."""

    id: RequestId
    version: int
    depart_at: datetime
    return_at: datetime
    vehicle_id: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """One decision on a request."""

    stage: Stage
    decision: Decision
    by_person: PersonId
    by_name: str
    at: datetime
    comment: str | None
