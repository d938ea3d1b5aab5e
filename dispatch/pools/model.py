"""Platforms, their cars, and the rental firms that all share."""

from dataclasses import dataclass
from datetime import date

from dispatch.kernel.ids import FirmId, PoolId, VehicleId

CLASSES = ("sedan", "suv", "mpv", "midibus", "coach", "special")


@dataclass(frozen=True, slots=True)
class Pool:
    """A platform; `reserve_vehicles` of its cars are kept back from other platforms."""

    id: PoolId
    code: str
    name: str
    reserve_vehicles: int


@dataclass(frozen=True, slots=True)
class Firm:
    """A contracted rental firm; prices in fen a day begun and fen a kilometre."""

    id: FirmId
    name: str
    vehicles: int
    day_price_fen: int
    km_price_fen: int


@dataclass(frozen=True, slots=True)
class Car:
    """A car as it is registered at one instant.

    Attributes:
        seats: the driver's included.
        range_m: for electric cars; None: no limit.
        home_lon, home_lat: its parking spot, degrees WGS-84.
        norm_ml_per_100km, norm_wh_per_100km: consumption by the norm; None: unknown.
    """

    id: VehicleId
    plate: str
    model: str
    pool_id: PoolId
    category: str
    vehicle_class: str
    seats: int
    powertrain: str
    range_m: int | None
    norm_ml_per_100km: int | None
    norm_wh_per_100km: int | None
    home_lon: float
    home_lat: float
    insurance_until: date | None
    inspection_until: date | None

    @property
    def confidential(self) -> bool:
        """House rule H16: never lent to another platform."""
        return self.category == "CONFIDENTIAL_COMMS"
