"""Orders, their legs, and the fleet that they are made from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dispatch.drivers import Driver
from dispatch.kernel.ids import DriverId, FirmId, LegId, OrderId, PoolId, RequestId, VehicleId
from dispatch.orders.travel import Known
from dispatch.pools import Car, Firm, Pool
from dispatch.requests import Place
from dispatch.tariffs import Tariff

OrderState = Literal[
    "created",
    "sent",
    "accepted",
    "departed",
    "onboard",
    "arrived",
    "returned",
    "completed",
    "displaced",
    "aborted",
]
OVER: frozenset[str] = frozenset({"completed", "displaced", "aborted"})


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything that can serve a request, of all platforms, at one instant."""

    cars: tuple[Car, ...]
    drivers: tuple[Driver, ...]
    pools: tuple[Pool, ...]
    firms: tuple[Firm, ...]
    tariffs: tuple[Tariff, ...]
    places: tuple[Place, ...]
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period [start, end)."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Period") -> bool:
        """Whether they share an instant."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Held:
    """A live leg: who and what is busy when, and for which trip.

    Attributes:
        order_no, request_id .. passengers: None or 0 for maintenance, sealing, leave.
        depart_at, return_at: the party's times, without the empty drives.
        origin, destination: where the party gets in and where it leaves the car for good.
        driving_s: driving with the party.
    """

    leg_id: LegId
    order_id: OrderId | None
    order_no: str | None
    request_id: RequestId | None
    pool_id: PoolId | None
    unit_id: int | None
    vehicle_id: VehicleId | None
    driver_id: DriverId | None
    kind: str
    status: str
    period: Period
    depart_at: datetime | None
    return_at: datetime | None
    origin: int | None
    destination: int | None
    driving_s: int
    loaded_m: int
    passengers: int
    order_state: str | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """Names what a board is made of: equal versions are of equal rows.

    Attributes:
        fleet: names all but the legs.
        legs: live ones, by id.
        written: of each the number of its writing; it is another one after every change.
        begun: so many of them have begun.
    """

    fleet: str
    legs: tuple[LegId, ...]
    written: tuple[int, ...]
    begun: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg of an order as it is stored."""

    id: LegId
    order_id: OrderId
    vehicle_id: VehicleId
    driver_id: DriverId
    status: str
    period: Period
    planned: Period


@dataclass(frozen=True, slots=True)
class Order:
    """A dispatch order (派车单); without a leg it is a rental."""

    id: OrderId
    order_no: str
    request_id: RequestId
    pool_id: PoolId
    state: OrderState
    rental_firm_id: FirmId | None
    settlement_fen: int
    version: int
    created_at: datetime
    closed_at: datetime | None
