"""Plans as the API says and hears them; money in fen, seconds since a plan's epoch."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field


class PlanIn(BaseModel):
    """Which day, how many seconds to think, and whether to put it into orders at once.

    `days`: so many are planned together from that day on. `may_move`: orders that are sent and
    not accepted may go to another car.
    """

    day: date
    seconds: Annotated[float, Field(gt=0, le=60)] = 10
    apply: bool = False
    may_move: bool = False
    days: Annotated[int, Field(ge=1, le=3)] = 1


class PlanId(BaseModel):
    """The plan that was asked for."""

    id: int


class PlanBrief(BaseModel):
    """A plan's figures; of fen, and what is proven about them."""

    id: int
    day: date
    days: int
    state: str
    asked_at: datetime
    finished_at: datetime | None
    seconds: float | None
    tasks: int | None
    unserved: int | None
    rentals: int | None
    cost_fen: int | None
    greedy_fen: int | None
    bound_kind: str | None
    bound_fen: int | None
    may_move: bool
    applied_at: datetime | None
    outcome: dict[str, Any] | None
    error: str | None


class TripOut(BaseModel):
    """Who rides where: a request that a plan decided on."""

    request_id: int
    unit_name: str
    from_name: str
    to_name: str
    depart_at: datetime
    return_at: datetime
    passengers: int


class PlanOut(PlanBrief):
    """A plan with its decisions, as far as they concern the caller's platforms.

    While it is made `progress` says how far it is; afterwards `costs` are its fen by kind and
    `bound` is what is proven, with the name of the relaxation and the seconds it took.
    """

    progress: dict[str, Any] | None
    stopping: bool
    costs: dict[str, int] | None
    bound: dict[str, Any] | None
    bound_seconds: float | None
    trips: list[TripOut]
    assignments: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    rented: list[dict[str, Any]]
    unserved_reasons: list[dict[str, Any]]


class PlanAlternativeOut(BaseModel):
    """A car that could serve the request beside all else that is planned; fen by kind."""

    vehicle_id: int
    plate: str
    pool_id: int | None
    driver_name: str | None
    start_s: int
    costs: dict[str, int]
    fen: int
    dearer_fen: int
    deadhead_m: int
    new_duty: bool
    shares: list[int]
    chosen: bool


class RefusedOut(BaseModel):
    """A car that cannot, and the first rule it breaks; seconds since the plan's epoch."""

    vehicle_id: int
    plate: str
    pool_id: int | None
    rule: str
    facts: dict[str, int | str]


class MoveOut(BaseModel):
    """A request that would have to go to another car."""

    request_id: int
    from_plate: str
    to_plate: str
    fen: int


class RoomOut(BaseModel):
    """What forcing the request onto an own car would displace, and what it adds.

    `others`: so many more moves are of requests that the caller may not read.
    """

    vehicle_id: int
    plate: str
    fen: int
    moves: list[MoveOut]
    others: int


class WholeOut(BaseModel):
    """The plan's own car, whose duty does not hold without the request; what it all costs."""

    vehicle_id: int
    plate: str
    driver_name: str | None
    with_requests: list[int]
    costs: dict[str, int]
    fen: int


class OtherOut(BaseModel):
    """A request that a reason speaks of; whose it is only within the caller's reach.

    Beyond it `request_id` is a number below -1, good within this answer alone.
    """

    request_id: int
    depart_at: datetime
    unit_name: str | None


class ExplanationOut(BaseModel):
    """Why a plan serves a request as it does.

    The proof of a rental has three parts: `refused` has every car of the own platform and of
    all others; no plan that serves as much rents less than `least_rentals` times; and `forced`
    is what an own car would displace (null: no single move makes room).
    """

    request_id: int
    shared_with: list[int] = []
    pool_id: int
    served_by: int | None
    epoch: int
    alternatives: list[PlanAlternativeOut]
    refused: list[RefusedOut]
    forced: RoomOut | None
    whole: WholeOut | None
    is_rented: bool
    rentals: int
    least_rentals: int
    others: list[OtherOut]


class PlaceOut(BaseModel):
    """Where a request is: kind car, firm or none; seconds since the plan's epoch."""

    kind: str
    name: str | None
    start_s: int | None


class ChangeOut(BaseModel):
    """A request that is elsewhere than in the plan before."""

    request_id: int
    here: PlaceOut
    there: PlaceOut


class ChangesOut(BaseModel):
    """What a plan changes against the one of the day before it; `before` null: there is none.

    `saves` is against leaving all where it was and inserting what came since: priorities
    unserved, rentals, fen; null for very large days.
    """

    before: int | None
    asked_at: datetime | None = None
    kept: int = 0
    moved: int = 0
    new: int = 0
    gone: int = 0
    saves: dict[str, int] | None = None
    moves: list[ChangeOut] = []
    trips: list[TripOut] = []


class PlanList(BaseModel):
    """Plans, newest first."""

    items: list[PlanBrief]
    next: int | None = None
