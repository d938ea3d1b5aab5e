"""Filling the register from a document, within the caller's transaction."""

from dataclasses import dataclass, field
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DriverId, PersonId, PoolId, UnitId, VehicleId
from dispatch.register import timeline
from dispatch.register.days import published_year, set_days
from dispatch.register.document import CalendarIn, Document, DriverIn, PersonIn, VehicleIn
from dispatch.register.errors import UnknownCode
from dispatch.register.model import Day

SQL = statements(__file__)

KINDS = ("pools", "rental_firms", "places", "units", "people", "vehicles", "drivers")


@dataclass(slots=True)
class Loaded:
    """Ids by kind and code, of the document's and of all that was there; and what was new."""

    ids: dict[str, dict[str, int]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    sent: dict[str, int] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    unknown_years: list[int] = field(default_factory=list)

    def find(self, kind: str, code: str) -> int:
        """The id of a code.

        Raises:
            UnknownCode: neither the document nor the register knows it.
        """
        try:
            return self.ids[kind][code]
        except KeyError:
            raise UnknownCode(kind, code) from None


async def load(conn: Conn, document: Document) -> Loaded:
    """Create what is new, update what is known, and begin intervals where something changed.

    Raises:
        UnknownCode: a part refers to nothing.
        AssignedOtherwise: a later interval says something else.
    """
    await conn.execute(SQL["one_import_at_a_time"])
    loaded = Loaded()
    for row in await conn.fetch(SQL["all_codes"]):
        loaded.ids[row["kind"]][row["code"]] = row["id"]
    since = document.since
    for pool in document.pools:
        await _put(conn, loaded, "pools", pool.code, *_values(pool, "depot_radius_m"))
    for firm in document.rental_firms:
        await _put(conn, loaded, "rental_firms", firm.name, *_values(firm))
    for place in document.places:
        await _put(conn, loaded, "places", place.code, *_values(place))
    for unit in document.units:
        unit_id = await _put(conn, loaded, "units", unit.code, *_values(unit, "pool"))
        pool_id = PoolId(loaded.find("pools", unit.pool))
        await timeline.move_unit(conn, UnitId(unit_id), pool_id, since)
    for person in document.people:
        await _person(conn, loaded, person, since)
    for vehicle in document.vehicles:
        await _vehicle(conn, loaded, vehicle, since)
    for driver in document.drivers:
        await _driver(conn, loaded, driver, since)
    if document.calendar is not None:
        await _calendar(conn, loaded, document.calendar)
    return loaded


async def add_person(conn: Conn, code: str, name: str) -> PersonId:
    """Create a person, or find the one with this code."""
    row = await conn.fetchrow(SQL["put_people"], code, name, None)
    if row is None:
        raise LookupError(code)
    return PersonId(row["id"])


def _values(part: object, *without: str) -> list[object]:
    """A part's values in the order of its fields, which is that of its statement."""
    fields = type(part).model_fields  # type: ignore[attr-defined]
    return [getattr(part, name) for name in fields if name not in without]


async def _put(conn: Conn, loaded: Loaded, kind: str, code: str, *values: object) -> int:
    row = await conn.fetchrow(SQL[f"put_{kind}"], *values)
    if row is None:
        raise LookupError(code)
    loaded.sent[kind] = loaded.sent.get(kind, 0) + 1
    loaded.new[kind] = loaded.new.get(kind, 0) + row["new"]
    loaded.ids[kind][code] = row["id"]
    return int(row["id"])


async def _person(conn: Conn, loaded: Loaded, person: PersonIn, since: datetime) -> None:
    values = _values(person, "unit", "grants", "token")
    person_id = await _put(conn, loaded, "people", person.code, *values)
    if person.unit is not None:
        unit_id = UnitId(loaded.find("units", person.unit))
        await timeline.move_person(conn, PersonId(person_id), unit_id, since)


async def _vehicle(conn: Conn, loaded: Loaded, vehicle: VehicleIn, since: datetime) -> None:
    kept_apart = ("pool", "plate", "fuel_card", "obu", "keeper", "device")
    values = _values(vehicle, *kept_apart)
    vehicle_id = VehicleId(await _put(conn, loaded, "vehicles", vehicle.code, *values))
    pool_id = PoolId(loaded.find("pools", vehicle.pool))
    await timeline.move_vehicle(conn, vehicle_id, pool_id, since)
    await timeline.assign_plate(conn, vehicle_id, vehicle.plate, since)
    if vehicle.fuel_card is not None:
        await timeline.assign_card(conn, vehicle_id, vehicle.fuel_card, since)
    if vehicle.obu is not None:
        await timeline.assign_obu(conn, vehicle_id, vehicle.obu, since)
    if vehicle.keeper is not None:
        keeper = PersonId(loaded.find("people", vehicle.keeper))
        await timeline.assign_keeper(conn, vehicle_id, keeper, since)


async def _driver(conn: Conn, loaded: Loaded, driver: DriverIn, since: datetime) -> None:
    person_id = loaded.find("people", driver.person)
    values = _values(driver, "person", "pool")
    driver_id = await _put(conn, loaded, "drivers", driver.person, person_id, *values)
    pool_id = PoolId(loaded.find("pools", driver.pool))
    await timeline.move_driver(conn, DriverId(driver_id), pool_id, since)


async def _calendar(conn: Conn, loaded: Loaded, calendar: CalendarIn) -> None:
    for year in calendar.years:
        published = published_year(year)
        if published is None:
            loaded.unknown_years.append(year)
        else:
            await set_days(conn, published, overwrite=False)
    own = [Day(d.day, d.kind, d.name) for d in calendar.days]
    await set_days(conn, own, overwrite=True)
