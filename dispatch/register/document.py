"""The document that fills the register: one JSON object, everything by natural codes.

docs/register-import.md describes it for whoever writes one.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Fen = Annotated[int, Field(ge=0, le=10**12)]
Positive = Annotated[int, Field(gt=0, le=2**31 - 1)]
Natural = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Part(BaseModel):
    """A part of the document; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PoolIn(Part):
    """A platform and its depot."""

    code: Code
    name: Name
    name_en: Name
    level: Literal["city", "county"]
    adcode: Code
    lon: Lon
    lat: Lat
    reserve_vehicles: Natural = 0
    depot_radius_m: Annotated[int, Field(ge=20, le=50_000)] | None = None


class FirmIn(Part):
    """A contracted rental firm; its name is its key."""

    name: Name
    vehicles: Natural
    day_price_fen: Fen
    km_price_fen: Fen
    active: bool = True


class PlaceIn(Part):
    """A place that trips go to; adcode null: outside the city."""

    code: Code
    name: Name
    name_en: Name
    kind: Code
    adcode: Code | None
    lon: Lon
    lat: Lat


class UnitIn(Part):
    """A unit that asks for cars, and the platform it belongs to."""

    code: Code
    name: Name
    pool: Code
    grassroots: bool = False
    lon: Lon
    lat: Lat


class GrantIn(Part):
    """A role within one platform, one unit or one firm; none: the whole authority."""

    role: Code
    pool: Code | None = None
    unit: Code | None = None
    firm: Name | None = None

    @model_validator(mode="after")
    def _one_scope(self) -> "GrantIn":
        if sum(scope is not None for scope in (self.pool, self.unit, self.firm)) > 1:
            raise ValueError("a grant names at most one of pool, unit and firm")
        return self


class PersonIn(Part):
    """A person; token true asks for a bearer token of its roles (scenarios only)."""

    code: Code
    name: Name
    phone: Annotated[str, StringConstraints(max_length=32)] | None = None
    unit: Code | None = None
    grants: list[GrantIn] = []
    token: bool = False


class VehicleIn(Part):
    """A vehicle, and what identifies it from the document's moment on."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    code: Code
    pool: Code
    plate: Code
    model: Name
    vehicle_class: Literal["sedan", "suv", "mpv", "midibus", "coach", "special"] = Field(
        alias="class"
    )
    category: Literal["CONFIDENTIAL_COMMS", "EMERGENCY", "LAW_ENFORCEMENT", "SPECIAL_TECH", "OTHER"]
    seats: Annotated[int, Field(ge=2, le=60)]
    powertrain: Literal["petrol", "diesel", "bev", "phev"]
    tank_ml: Positive | None = None
    battery_wh: Positive | None = None
    range_m: Positive | None = None
    norm_ml_per_100km: Natural | None = None
    norm_wh_per_100km: Natural | None = None
    first_registered: date
    home_lon: Lon
    home_lat: Lat
    insurance_until: date | None = None
    inspection_until: date | None = None
    fuel_card: Code | None = None
    obu: Code | None = None
    keeper: Code | None = None
    device: Code | None = None


class DriverIn(Part):
    """A driver by the code of the person; give that person the role driver too."""

    person: Code
    pool: Code
    licence_class: Literal["A1", "B1", "C1"]
    licence_until: date


class FenceIn(Part):
    """A circular fence of a platform; its name is unique there."""

    pool: Code
    name: Name
    kind: Code
    lon: Lon
    lat: Lat
    radius_m: Annotated[int, Field(ge=20, le=50_000)]


class DayIn(Part):
    """A day whose kind an authority sets itself."""

    day: date
    kind: Literal["workday", "weekend", "holiday", "makeup"]
    name: Name | None = None


class CalendarIn(Part):
    """Years filled from the published table, and days that override it."""

    years: list[Annotated[int, Field(ge=2004, le=2100)]] = []
    days: list[DayIn] = []


class RuleIn(Part):
    """A house rule's settings; pool null: the authority's."""

    rule: Code
    pool: Code | None = None
    settings: dict[str, object]


class Document(Part):
    """Everything at once; any list may be absent, codes may refer to what is known already."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    since: AwareDatetime = Field(alias="from")
    pools: list[PoolIn] = []
    rental_firms: list[FirmIn] = []
    places: list[PlaceIn] = []
    units: list[UnitIn] = []
    people: list[PersonIn] = []
    vehicles: list[VehicleIn] = []
    drivers: list[DriverIn] = []
    fences: list[FenceIn] = []
    providers: list[Code] = []
    calendar: CalendarIn | None = None
    rules: list[RuleIn] = []
