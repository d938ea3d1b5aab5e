"""Identity over time: who had which plate when, and a document that fills it all."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from dispatch import register
from dispatch.register import Document
from tests.website import document

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def load(conn, **more):
    async with conn.transaction():
        return await register.load(conn, Document.model_validate(document(**more)))


@pytest.fixture
async def city(conn):
    return await load(conn)


async def test_a_plate_that_moves_is_found_on_each_car_in_its_time(conn, city):
    first, second = city.ids["vehicles"]["V-XZ1"], city.ids["vehicles"]["V-XZ2"]
    await register.assign_plate(conn, first, "皖P99999", MARCH)
    await register.assign_plate(conn, second, "皖P99999", APRIL)
    assert await register.vehicle_by_plate(conn, "皖P99999", MARCH - SECOND) is None
    assert await register.vehicle_by_plate(conn, "皖P99999", MARCH) == first
    assert await register.vehicle_by_plate(conn, "皖P99999", APRIL - SECOND) == first
    assert await register.vehicle_by_plate(conn, "皖P99999", APRIL) == second
    assert await register.vehicle_by_plate(conn, "皖PXZ001", APRIL) is None
    assert await register.plate_of_vehicle(conn, first, APRIL) is None
    assert await register.plate_of_vehicle(conn, first, MARCH - SECOND) == "皖PXZ001"


async def test_two_cars_can_swap_their_plates(conn, city):
    first, second = city.ids["vehicles"]["V-XZ1"], city.ids["vehicles"]["V-XZ2"]
    async with conn.transaction():
        await register.assign_plate(conn, first, "皖PXZ002", APRIL)
        await register.assign_plate(conn, second, "皖PXZ001", APRIL)
    assert await register.vehicle_by_plate(conn, "皖PXZ001", MAY) == second
    assert await register.vehicle_by_plate(conn, "皖PXZ002", MAY) == first


async def test_what_a_later_moment_says_is_not_overwritten(conn, city):
    vehicle = city.ids["vehicles"]["V-XZ1"]
    await register.assign_card(conn, vehicle, "NEW", APRIL)
    with pytest.raises(register.AssignedOtherwise):
        await register.assign_card(conn, vehicle, "OTHER", MARCH)
    assert await register.vehicle_by_card(conn, "CARD-XZ1", MARCH) == vehicle
    assert await register.vehicle_by_card(conn, "NEW", APRIL) == vehicle


async def test_saying_the_same_again_changes_nothing(conn, city):
    vehicle = city.ids["vehicles"]["V-XZ1"]
    assert not await register.assign_obu(conn, vehicle, "OBU-XZ1", APRIL)
    assert (
        await conn.fetchval("SELECT count(*) FROM vehicle_obu WHERE vehicle_id = $1", vehicle) == 1
    )


async def test_a_car_and_a_unit_change_platform_at_a_moment(conn, city):
    ids = city.ids
    vehicle, unit = ids["vehicles"]["V-XZ1"], ids["units"]["U-XZ"]
    await register.move_vehicle(conn, vehicle, ids["pools"]["NG"], APRIL)
    await register.move_unit(conn, unit, ids["pools"]["NG"], APRIL)
    assert await register.pool_of_vehicle(conn, vehicle, APRIL - SECOND) == ids["pools"]["XZ"]
    assert await register.pool_of_vehicle(conn, vehicle, APRIL) == ids["pools"]["NG"]
    assert await register.pool_of_unit(conn, unit, APRIL) == ids["pools"]["NG"]
    of_ng = await register.vehicles(conn, APRIL, [ids["pools"]["NG"]])
    assert vehicle in {v.id for v in of_ng}
    assert {v.id for v in await register.vehicles(conn, APRIL, [])} == set()


async def test_the_same_document_twice_changes_nothing(conn, city):
    tables = ("pool", "unit", "person", "vehicle", "driver", "place", "rental_firm", "plate",
              "vehicle_plate", "vehicle_pool", "unit_pool", "driver_pool", "vehicle_fuel_card")  # fmt: skip
    before = {t: await conn.fetch(f"SELECT * FROM {t} ORDER BY 1, 2") for t in tables}
    again = await load(conn, **{"from": "2026-02-01T00:00:00+08:00"})
    assert not any(again.new.values())
    for table in tables:
        assert await conn.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") == before[table], table


async def test_a_reference_to_nothing_is_named(conn, city):
    units = [{"code": "U", "name": "单位", "pool": "NOWHERE", "lon": 118, "lat": 30}]
    with pytest.raises(register.UnknownCode) as refused:
        await load(conn, units=units)
    assert (refused.value.kind, refused.value.unknown) == ("pools", "NOWHERE")


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": [{"code": "P", "name": "甲", "unitt": "U-XZ"}]},
        {"people": [{"code": "P", "name": "甲", "grants": [{"role": "driver", "pool": "XZ", "unit": "U-XZ"}]}]},
        {"from": "2026-01-01T00:00:00"},
        {"places": [{"code": "P", "name": "甲", "name_en": "A", "kind": "town", "adcode": None, "lon": 181, "lat": 0}]},
    ],
    ids=["misspelt key", "two scopes", "time without offset", "off the globe"],
)  # fmt: skip
def test_a_document_that_is_wrong_is_refused(wrong):
    with pytest.raises(ValidationError):
        Document.model_validate(document(**wrong))


def test_the_published_calendar_knows_make_up_days_and_where_it_ends():
    days = {day.day: day for day in register.published_year(2026)}
    assert len(days) == 365
    assert sum(day.worked for day in days.values()) == 248
    assert days[date(2026, 2, 14)].kind == "makeup"
    assert days[date(2026, 10, 1)].kind == "holiday"
    assert days[date(2026, 3, 1)].kind == "weekend"
    assert register.published_year(2030) is None


async def test_an_authoritys_own_day_outlives_the_published_table(conn):
    calendar = {
        "years": [2026, 2030],
        "days": [{"day": "2026-03-06", "kind": "holiday", "name": "本地"}],
    }
    assert (await load(conn, calendar=calendar)).unknown_years == [2030]
    assert (await load(conn, calendar={"years": [2026]})).unknown_years == []
    days = await register.days_between(conn, date(2026, 3, 1), date(2030, 1, 1))
    assert days[date(2026, 3, 6)].name == "本地"
    assert date(2030, 1, 1) not in days
