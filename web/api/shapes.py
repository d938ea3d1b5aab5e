"""What the register looks like over HTTP, and the one form of a list."""

from datetime import date
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """A list; next is the cursor of the next page, null on the last."""

    items: list[T]
    next: int | None = None


class PoolOut(BaseModel):
    """A platform; its depot in degrees WGS-84."""

    id: int
    code: str
    name: str
    name_en: str
    level: str
    adcode: str
    lon: float
    lat: float
    reserve_vehicles: int


class FirmOut(BaseModel):
    """A rental firm."""

    id: int
    name: str
    vehicles: int
    day_price_fen: int
    km_price_fen: int
    active: bool


class UnitOut(BaseModel):
    """A unit and its platform of today."""

    id: int
    code: str
    name: str
    pool_id: int | None
    grassroots: bool
    lon: float
    lat: float


class PlaceOut(BaseModel):
    """A place that trips go to; adcode null: outside the city."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str
    adcode: str | None
    lon: float
    lat: float


class VehicleOut(BaseModel):
    """A vehicle as of now; card, OBU and terminal only on the caller's own platforms."""

    model_config = ConfigDict(populate_by_name=True, from_attributes=True)

    id: int
    code: str
    plate: str | None
    model: str
    vehicle_class: str = Field(alias="class")
    category: str
    seats: int
    powertrain: str
    range_m: int | None
    first_registered: date
    pool_id: int
    home_lon: float
    home_lat: float
    insurance_until: date | None
    inspection_until: date | None
    own: bool
    fuel_card: str | None
    obu: str | None
    device: str | None


class DriverOut(BaseModel):
    """A driver of a platform of the caller's."""

    id: int
    person_id: int
    code: str
    name: str
    pool_id: int
    licence_class: str
    licence_until: date
