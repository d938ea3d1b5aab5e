"""The messages of the wire, version 1. Units stand in the names; times carry an offset."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Lon: TypeAlias = Annotated[float, Meta(ge=-180, le=180, description="degrees WGS-84")]
Lat: TypeAlias = Annotated[float, Meta(ge=-90, le=90, description="degrees WGS-84")]
Instant: TypeAlias = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset")]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
OptionalText: TypeAlias = Annotated[str, Meta(max_length=128)] | None
Millilitres: TypeAlias = Annotated[int, Meta(ge=0, le=2_000_000)]
Fen: TypeAlias = Annotated[int, Meta(ge=-100_000_000, le=100_000_000)]


class Fix(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """One position report of a terminal."""

    ts: Instant
    lon: Lon
    lat: Lat
    seq: Annotated[int, Meta(ge=0, le=2**31 - 1, description="counts up since boot")] | None = None
    speed_kmh: Annotated[float, Meta(ge=0, le=400)] | None = None
    heading: Annotated[float, Meta(ge=0, le=360, description="degrees, 0 = north")] | None = None
    altitude_m: Annotated[float, Meta(ge=-500, le=9000)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=3000)] | None = None
    ignition: bool | None = None
    odometer_m: Annotated[int, Meta(ge=0, le=2_000_000_000)] | None = None
    fuel_ml: Millilitres | None = None
    soc_pct: Annotated[float, Meta(ge=0, le=100)] | None = None
    satellites: Annotated[int, Meta(ge=0, le=100)] | None = None
    flags: Annotated[int, Meta(ge=0, le=32767, description="the device's own bits")] = 0


class FuelObservation(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A terminal's observation of the tank or the battery; never money."""

    ts: Instant
    kind: Literal["level", "refuelling", "charging"]
    fuel_ml: Millilitres | None = None
    added_ml: Millilitres | None = None
    soc_pct: Annotated[float, Meta(ge=0, le=100)] | None = None


class EtcObservation(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A passage under a gantry as the vehicle's unit saw it; never money."""

    ts: Instant
    obu: Text
    gantry: Text
    lon: Lon | None = None
    lat: Lat | None = None


class Status(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A terminal's word about itself; its will has state offline."""

    ts: Instant
    state: Literal["online", "offline", "power-cut", "low-battery", "tampered"]
    detail: OptionalText = None


class Receipt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an issuer says was bought: a fill, a charge, a toll, a parking fee.

    A reversal names the transaction it takes back and carries the negative amount.
    """

    txn: Text
    kind: Literal["fuel", "electricity", "toll", "parking"]
    at: Instant
    amount_fen: Fen
    line: Annotated[int, Meta(ge=0, le=1000)] = 0
    reverses_txn: Text | None = None
    card_no: Text | None = None
    plate: Text | None = None
    obu: Text | None = None
    place: OptionalText = None
    lon: Lon | None = None
    lat: Lat | None = None
    product: OptionalText = None
    quantity_ml: Millilitres | None = None
    quantity_wh: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    odometer_m: Annotated[int, Meta(ge=0, le=2_000_000_000)] | None = None
    entry_place: OptionalText = None
    entry_at: Instant | None = None
    gross_fen: Fen | None = None
    posted_at: Instant | None = None


Message: TypeAlias = Fix | FuelObservation | EtcObservation | Status | Receipt
