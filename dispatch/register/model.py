"""What the register holds, as it was at one moment."""

from dataclasses import dataclass
from datetime import date

from dispatch.kernel.ids import DriverId, FirmId, PersonId, PlaceId, PoolId, UnitId, VehicleId


@dataclass(frozen=True, slots=True)
class Pool:
    """A platform; its depot in degrees WGS-84."""

    id: PoolId
    code: str
    name: str
    name_en: str
    level: str
    adcode: str
    lon: float
    lat: float
    reserve_vehicles: int


@dataclass(frozen=True, slots=True)
class Firm:
    """A contracted rental firm."""

    id: FirmId
    name: str
    vehicles: int
    day_price_fen: int
    km_price_fen: int
    active: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and its platform at the moment asked for; None: it belongs to none then."""

    id: UnitId
    code: str
    name: str
    pool_id: PoolId | None
    grassroots: bool
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Place:
    """A place that trips go to; adcode None: outside the city."""

    id: PlaceId
    code: str
    name: str
    name_en: str
    kind: str
    adcode: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle with plate, card, OBU and platform of the moment asked for."""

    id: VehicleId
    code: str
    plate: str | None
    fuel_card: str | None
    obu: str | None
    pool_id: PoolId
    model: str
    category: str
    vehicle_class: str
    seats: int
    powertrain: str
    tank_ml: int | None
    battery_wh: int | None
    range_m: int | None
    first_registered: date
    home_lon: float
    home_lat: float
    insurance_until: date | None
    inspection_until: date | None


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver with the platform of the moment asked for."""

    id: DriverId
    person_id: PersonId
    code: str
    name: str
    pool_id: PoolId
    licence_class: str
    licence_until: date


@dataclass(frozen=True, slots=True)
class Day:
    """A day's kind: workday, weekend, holiday, or makeup (a weekend day that is worked)."""

    day: date
    kind: str
    name: str | None

    @property
    def worked(self) -> bool:
        """Whether offices work."""
        return self.kind in ("workday", "makeup")
