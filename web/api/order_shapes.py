"""Dispatch orders as the API says and hears them; money in fen, distances in metres."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from dispatch import orders
from web.api.requests import ApprovalOut, RequestOut, RideBrief


class ChoiceIn(BaseModel):
    """A car and a driver; `version` of the request as the caller read it.

    `chain`: the car waits where its trip before ends, as the candidates may say.
    """

    vehicle_id: int
    driver_id: int
    chain: bool = False
    version: int | None = None

    def choice(self) -> orders.Choice:
        """Decode."""
        return orders.Choice(self.vehicle_id, self.driver_id, chain=self.chain)


class RentIn(BaseModel):
    """A rental firm, and why."""

    firm_id: int
    reason: Annotated[str, Field(min_length=2, max_length=500)]


class RentalDecisionIn(BaseModel):
    """The authority's word on a rental."""

    decision: Literal["approved", "rejected"]
    comment: Annotated[str, Field(max_length=500)] | None = None


class ReasonIn(BaseModel):
    """Why."""

    reason: Annotated[str, Field(min_length=2, max_length=500)]


class ClosingIn(BaseModel):
    """What is known of a trip whose driver's phone cannot tell; an odometer may be unknown.

    `instrument_changed`: since the car's last reading, or that reading is wrong.
    """

    returned_at: AwareDatetime
    reason: Annotated[str, Field(min_length=2, max_length=500)]
    departed_at: AwareDatetime | None = None
    odometer_out_m: Annotated[int, Field(ge=0, le=5_000_000_000)] | None = None
    odometer_in_m: Annotated[int, Field(ge=0, le=5_000_000_000)] | None = None
    instrument_changed: bool = False


class RentalClosingIn(BaseModel):
    """What a rental firm drove and charges; above its tariff the note says why."""

    plate: Annotated[str, Field(min_length=2, max_length=20)]
    driver_name: Annotated[str, Field(min_length=1, max_length=50)]
    departed_at: AwareDatetime
    returned_at: AwareDatetime
    distance_m: Annotated[int, Field(ge=0, le=100_000_000)]
    price_fen: Annotated[int, Field(ge=0, le=1_000_000_000)]
    note: Annotated[str, Field(min_length=2, max_length=500)] | None = None


class RentalClosingOut(RentalClosingIn):
    """The same as it was kept, beside what was agreed to and what the tariff says."""

    agreed_fen: int
    contract_fen: int
    closed_at: datetime
    closed_by: str


class OrderOut(BaseModel):
    """An order as it is listed. A rental has no car, driver and leg."""

    id: int
    order_no: str
    request_id: int
    pool_id: int
    state: str
    settlement_fen: int
    version: int
    created_at: datetime
    closed_at: datetime | None
    dispatcher: str | None
    rental_firm_id: int | None
    rental_firm: str | None
    rental_price_fen: int | None
    rental_proof: dict[str, Any] | None
    leg_id: int | None
    leg_status: str | None
    vehicle_id: int | None
    plate: str | None
    vehicle_pool_id: int | None
    driver_id: int | None
    driver_name: str | None
    starts: datetime | None
    ends: datetime | None
    unit_name: str
    lead_passenger: str | None
    passengers: int
    from_name: str
    to_name: str
    depart_at: datetime
    return_at: datetime
    ride: RideBrief | None


class PartyOut(BaseModel):
    """A party of a shared ride; number and unit only of those whom the caller may read.

    `own_m`: what it would be driven alone, by which the costs are shared. `loaded_m` is the
    whole ride's.
    """

    order_id: int
    order_no: str | None
    unit_name: str | None
    passengers: int
    from_name: str
    to_name: str
    on_turn: int
    off_turn: int
    on_at: datetime
    off_at: datetime
    gone: bool
    own_m: int
    loaded_m: int


class CostsOut(BaseModel):
    """What a driven order came to, of a shared ride its share; metres and fen."""

    metres: int
    fuel_fen: int
    electricity_fen: int
    toll_fen: int
    parking_fen: int


class OrderFull(OrderOut):
    """The whole dispatch order (派车单)."""

    request: RequestOut | None
    approvals: list[ApprovalOut] | list[dict[str, Any]]
    legs: list[dict[str, Any]]
    check_ins: list[dict[str, Any]]
    trip: dict[str, Any] | None
    rental_closing: RentalClosingOut | None
    parties: list[PartyOut]
    costs: CostsOut | None


class OrderList(BaseModel):
    """Orders; `next` continues the list where there is more."""

    items: list[OrderOut]
    next: int | None = None


class SplitOut(BaseModel):
    """Fen by kind."""

    deadhead_fen: int
    loaded_fen: int
    use_fen: int
    driver_fen: int
    toll_fen: int
    settlement_fen: int


class AlternativeOut(BaseModel):
    """A car with a driver that can serve a request."""

    vehicle_id: int
    plate: str
    vehicle_class: str
    driver_id: int
    driver_name: str
    pool_id: int
    pool_name: str
    cross_pool: bool
    start_at: datetime
    chain: bool
    cost_fen: int
    split: SplitOut
    deadhead_m: int


class IneligibleOut(BaseModel):
    """A car that cannot, and the first rule it breaks."""

    vehicle_id: int
    plate: str
    rule: str
    facts: dict[str, str | int]
    message: str
    message_en: str


class RentalOut(BaseModel):
    """The cheapest rental."""

    firm_id: int
    name: str
    price_fen: int


class CandidatesOut(BaseModel):
    """Every car of every platform for one request."""

    alternatives: list[AlternativeOut]
    ineligible: list[IneligibleOut]
    rental: RentalOut | None


class GanttLeg(BaseModel):
    """A leg; of others' trips only when and of what kind.

    `is_breakdown`: a maintenance that ends when the car is said to be fit again.
    """

    leg_id: int
    order_id: int | None
    order_no: str | None
    kind: str
    status: str
    is_breakdown: bool
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    driver_name: str | None
    parties: int


class GanttCar(BaseModel):
    """A car's day."""

    vehicle_id: int
    plate: str
    pool_id: int
    legs: list[GanttLeg]


class GanttOut(BaseModel):
    """All cars of a day."""

    vehicles: list[GanttCar]
