"""Promises of several days: on every board that they touch they lie on the same car."""

from datetime import timedelta

import pytest

from dispatch import orders
from dispatch.orders import boards
from tests import orders_city as city
from tests.orders_city import HEFEI, MONDAY, SUNDAY_NOON, ask, at

DAYS = [MONDAY + timedelta(days=n) for n in range(5)]


@pytest.fixture
async def conn(conn):
    boards.forget()
    await city.found(conn, city_cars=4, county_cars=0)
    return conn


async def long(conn, first=0, last=1):
    wanted = ask(
        "08:00", "20:00", day=DAYS[first], kind="multi_day", to_place=HEFEI,
        return_at=at("17:00", DAYS[last]),
    )  # fmt: skip
    made = await city.approved(conn, wanted)
    assert made.promised_at is not None
    return made


async def on_board(conn, day):
    """The car of each promise on the board of a day alone."""
    probe = await city.submitted(conn, ask("10:00", "11:00", day=DAYS[day]))
    await orders.room_for(conn, probe.id, city.APPROVER, SUNDAY_NOON)
    board = await boards.boards_for(conn, probe, SUNDAY_NOON)
    return board.cars()


@pytest.mark.parametrize("anew", [False, True], ids=["kept", "begun anew"])
async def test_a_promise_of_several_days_is_on_one_car_on_every_board(conn, anew):
    """Trips of single days push it to another car on one day, did nothing hold it."""
    for day, hour in ((1, "09:00"), (2, "09:00")):
        await city.approved(conn, ask(hour, "16:00", day=DAYS[day]))
    made = [await long(conn, 0, 2), await long(conn, 1, 3)]
    await conn.execute("UPDATE vehicle SET norm_ml_per_100km = 9000 - 1000 * id")
    if anew:
        boards.forget()
    found = [await on_board(conn, day) for day in range(4)]
    for request, days in zip(made, ((0, 1, 2), (1, 2, 3)), strict=True):
        assert len({found[day][request.id] for day in days}) == 1


async def test_where_its_car_is_out_it_goes_to_another_on_all_days(conn):
    made = await long(conn, 0, 2)
    [car] = {(await on_board(conn, day))[made.id] for day in range(3)}
    await conn.execute(
        "INSERT INTO leg (vehicle_id, kind, status, during, planned) VALUES "
        "($1, 'maintenance', 'held', tstzrange($2, $3), tstzrange($2, $3))",
        car, at("08:00", DAYS[1]), at("18:00", DAYS[1]),
    )  # fmt: skip
    [other] = {(await on_board(conn, day))[made.id] for day in (1, 2, 0)}
    assert other != car
