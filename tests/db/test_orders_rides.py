"""Shared rides: one leg, an order for each party, and each party free to leave."""

import asyncpg
import pytest

from dispatch import orders, requests
from dispatch.orders import plans, store
from dispatch.orders.errors import CarDoesNotFit, OrderNotOpen
from dispatch.orders.model import Period
from tests import orders_city as city
from tests.orders_city import CITY, CLERK, HOUR, MINUTE, MONDAY, NINGGUO, SUNDAY_NOON, ask, at, noon

LIVE = """
    SELECT o.order_no, o.state, l.id AS leg, l.vehicle_id, l.status, l.shared
      FROM dispatch_order o LEFT JOIN order_leg l ON l.order_id = o.id AND l.status <> 'cancelled' ORDER BY o.id
"""


async def pair(conn, **more):
    """Two requests of unit 1 to Ningguo, ten minutes apart."""
    first = await city.approved(conn, ask("09:00", "13:00", to_place=NINGGUO, shareable=True))
    both = {"to_place": NINGGUO, "shareable": True} | more
    other = await city.approved(conn, ask("09:10", "13:10", **both))
    return first, other


async def shared_pair(conn):
    """Those two on car 1 with driver 1."""
    return await city.shared(conn, await pair(conn), 1, 1)


def tap(kind, minute, n, odometer_m=None):
    taken = at("08:00") + minute * MINUTE
    return orders.Tap(f"key-{kind}-{minute}-{n}", kind, taken, n, odometer_m)


async def tapped(conn, order, kind, minute, odometer_m=None):
    said = tap(kind, minute, minute + 1, odometer_m)
    async with conn.transaction():
        return await orders.check_in(conn, order.id, 1, said, at("20:00"))


async def live(conn):
    return [tuple(r) for r in await conn.fetch(LIVE)]


async def grant(conn, person, role):
    await conn.execute(
        "INSERT INTO role_grant (person_id, role, during) VALUES ($1, $2, tstzrange($3, NULL))",
        person, role, city.SINCE,
    )  # fmt: skip


async def plan(conn, pool, *, apply=True):
    async with pool.acquire() as other, other.transaction():
        plan_id = await orders.ask_plan(other, MONDAY, CITY, SUNDAY_NOON, budget_s=5, apply=apply)
    assert await plans.plan_next(pool, noon)
    return await orders.show_plan(conn, plan_id, CITY)


async def test_a_plan_puts_two_parties_into_one_car(conn, pool):
    await city.found(conn)
    await grant(conn, 5, "city_dispatcher")
    first, other = await pair(conn)
    shown = await plan(conn, pool)
    assert (shown["state"], shown["tasks"], shown["unserved"]) == ("done", 2, 0)
    assert [a["request_id"] for a in shown["assignments"]] == [first.id, other.id]
    assert {a["ride"]["first"] for a in shown["assignments"]} == {first.id}
    outcome = shown["outcome"]
    assert (outcome["assigned"], outcome["shared"], outcome["conflicts"]) == (2, 2, [])
    (a, b) = await live(conn)
    assert a[2:] == b[2:], "one leg"
    assert a[5]
    assert len(await city.legs(conn)) == 1
    # the first would be there at 09:49 by itself: so is the ride, and nobody leaves late
    stops = await conn.fetch("SELECT on_at, off_at FROM ride_party ORDER BY on_turn")
    assert all(row["on_at"] <= at("09:00") for row in stops)
    assert max(row["off_at"] for row in stops) <= at("13:20")
    # planned again, the ride is there, once, with all who ride
    day = await plans.day_problem(conn, MONDAY, SUNDAY_NOON, share=True)
    (task,) = day.problem.tasks
    assert (task.fixed.vehicle, task.passengers) == (a[3], 4)
    assert task.loaded_m < 1.1 * 2 * first.distance_m


async def test_who_called_off_meanwhile_leaves_the_car_to_the_other(conn, pool):
    await city.found(conn)
    await grant(conn, 5, "city_dispatcher")
    first, other = await pair(conn)
    shown = await plan(conn, pool, apply=False)
    async with conn.transaction():
        await orders.cancel_request(conn, first.id, CLERK, SUNDAY_NOON)
        await orders.apply_plan(conn, shown["id"], CITY, SUNDAY_NOON)
    outcome = (await orders.show_plan(conn, shown["id"], CITY))["outcome"]
    assert (outcome["assigned"], outcome["shared"]) == (1, 0)
    assert [c["request_id"] for c in outcome["conflicts"]] == [first.id]
    ((_, _, start, _),) = await city.legs(conn)
    assert start > other.depart_at - HOUR
    assert (await live(conn))[0][5] is False


async def test_who_does_not_want_to_share_goes_alone(conn, pool):
    await city.found(conn)
    await grant(conn, 5, "city_dispatcher")
    await pair(conn, shareable=False)
    shown = await plan(conn, pool)
    assert all(a.get("ride") is None for a in shown["assignments"])
    assert len(await city.legs(conn)) == 2


async def test_a_secret_car_drives_no_shared_ride(conn, pool):
    """Not in a plan, where it is the only one, nor by hand."""
    await city.found(conn, city_cars=1, county_cars=0, drivers=(1, 0))
    await grant(conn, 5, "city_dispatcher")
    await conn.execute("UPDATE vehicle SET category = 'CONFIDENTIAL_COMMS'")
    both = await pair(conn)
    shown = await plan(conn, pool, apply=False)
    assert all(a.get("ride") is None for a in shown["assignments"])
    assert (len(shown["assignments"]), len(shown["rented"])) == (1, 1)
    with pytest.raises(CarDoesNotFit) as refused:
        await city.shared(conn, both, 1, 1)
    assert refused.value.rule == "H16"


@pytest.mark.parametrize(
    ("more", "rule"),
    [({"passengers": 3}, "H15"), ({"purpose": "CONFIDENTIAL"}, "H21")],
    ids=["no seats for all", "rides alone"],
)
async def test_what_no_car_may_take_together(conn, more, rule):
    await city.found(conn)
    with pytest.raises(CarDoesNotFit) as refused:
        await city.shared(conn, await pair(conn, **more), 1, 1)
    assert refused.value.rule == rule
    assert await live(conn) == []


async def test_one_party_cancels_and_the_others_trip_stands(conn):
    await city.found(conn)
    first, other = await shared_pair(conn)
    before = await city.legs(conn)
    async with conn.transaction():
        await orders.cancel_request(conn, first.request_id, CLERK, SUNDAY_NOON)
    assert await city.legs(conn, "assigned") == before
    (gone, stays) = await live(conn)
    assert (gone[1], gone[2], stays[1], stays[4]) == ("aborted", None, "sent", "assigned")
    fleet = await store.fleet(conn, SUNDAY_NOON)
    span = Period(at("00:00"), at("23:59"))
    (held,) = await store.held(conn, span, store.net_of(fleet))
    assert (held.order_id, held.passengers) == (other.id, 2)
    # the last one takes the leg with it
    async with conn.transaction():
        await orders.withdraw(conn, other.id, "不用了", CITY, SUNDAY_NOON)
    assert await city.legs(conn, "assigned") == []
    assert (await requests.get(conn, other.request_id)).state == "approved"


async def test_what_the_driver_says_once_holds_for_all_and_each_gets_on_alone(conn):
    await city.found(conn)
    first, other = await shared_pair(conn)
    await tapped(conn, first, "accept", 0)
    await tapped(conn, first, "depart", 30, 1_000_000)
    await tapped(conn, first, "onboard", 60)
    assert [row[1] for row in await live(conn)] == ["onboard", "departed"]
    await tapped(conn, other, "onboard", 66)
    await tapped(conn, first, "arrive", 110)
    assert {row[1] for row in await live(conn)} == {"arrived"}
    await tapped(conn, first, "return", 330, 1_090_000)
    assert [(r[1], r[4]) for r in await live(conn)] == [("completed", "done")] * 2
    assert {(await requests.get(conn, o.request_id)).state for o in (first, other)} == {"completed"}
    ((_, _, start, end),) = await city.legs(conn)
    assert (start, end) == (at("08:30"), at("13:30"))
    again = await tapped(conn, first, "return", 330, 1_090_000)
    assert again.replayed


async def test_a_driver_who_cannot_lets_all_of_them_wait_again(conn):
    await city.found(conn)
    first, other = await shared_pair(conn)
    await tapped(conn, first, "decline", 0)
    assert {row[1] for row in await live(conn)} == {"aborted"}
    assert await city.legs(conn, "assigned") == []
    assert {(await requests.get(conn, o.request_id)).state for o in (first, other)} == {"approved"}


async def test_a_tap_on_who_has_left_still_moves_the_others(conn):
    """The phone was offline: it tapped before the party called off, by its own clock."""
    await city.found(conn)
    first, _ = await shared_pair(conn)
    async with conn.transaction():
        await orders.cancel_request(conn, first.request_id, CLERK, at("08:45"))
    await tapped(conn, first, "depart", 40, 1_000)
    (gone, stays) = await live(conn)
    assert (gone[1], stays[1], stays[4]) == ("aborted", "departed", "running")
    with pytest.raises(OrderNotOpen):
        await tapped(conn, first, "arrive", 200)


async def test_another_car_takes_the_whole_ride(conn):
    await city.found(conn)
    first, other = await shared_pair(conn)
    async with conn.transaction():
        await orders.reassign(conn, other.id, orders.Choice(2, 2), CITY, SUNDAY_NOON)
    assert [(r[3], r[5]) for r in await live(conn)] == [(2, True)] * 2
    # who left it before does not come along, and one alone is no shared ride any more
    async with conn.transaction():
        await orders.withdraw(conn, first.id, "不用了", CITY, SUNDAY_NOON)
        await orders.reassign(conn, other.id, orders.Choice(3, 3), CITY, SUNDAY_NOON)
    (_, alone) = await live(conn)
    assert (alone[3], alone[5]) == (3, False)


async def test_a_car_that_is_late_displaces_the_whole_ride(conn):
    await city.found(conn)
    early = await city.approved(conn, ask("07:30", "08:20"))
    order = await city.assigned(conn, early, 1, 1)
    await shared_pair(conn)
    await tapped(conn, order, "depart", -40, 1_000)
    await tapped(conn, order, "return", 200, 2_000)
    states = [row[1] for row in await live(conn)]
    assert states[1:] == ["displaced", "displaced"]


async def test_a_broken_car_gives_its_ride_to_another(conn):
    await city.found(conn)
    await shared_pair(conn)
    async with conn.transaction():
        done = await orders.apply_breakdown(conn, 1, at("23:00"), CITY, SUNDAY_NOON)
    assert len(done["moved"]) == 1
    rows = await live(conn)
    assert rows[0][2:] == rows[1][2:]
    assert rows[0][3] != 1


async def test_a_broken_cars_ride_waits_rather_than_go_by_a_secret_car(conn):
    await city.found(conn, city_cars=2, county_cars=0, drivers=(2, 0))
    await shared_pair(conn)
    await conn.execute("UPDATE vehicle SET category = 'CONFIDENTIAL_COMMS' WHERE id = 2")
    proposed = await orders.propose_breakdown(conn, 1, at("23:00"), CITY, SUNDAY_NOON)
    assert [move.vehicle_id for move in proposed.moves] == [None]
    async with conn.transaction():
        await orders.apply_breakdown(conn, 1, at("23:00"), CITY, SUNDAY_NOON)
    assert {row[1] for row in await live(conn)} == {"displaced"}


async def test_a_lost_phone_is_closed_for_all_who_rode(conn):
    await city.found(conn)
    _, other = await shared_pair(conn)
    closing = orders.Closing(at("14:00"), "手机丢失", at("08:30"), 1_000, 90_000)
    async with conn.transaction():
        await orders.close_order(conn, other.id, closing, CITY, at("15:00"))
    assert {row[1] for row in await live(conn)} == {"completed"}
    entered = await conn.fetch("SELECT order_id, kind FROM check_in WHERE entered_by IS NOT NULL")
    assert len(entered) == 4


async def test_the_database_holds_no_ride_that_is_not_sound(conn):
    """A leg under nobody's order who rides, and a party with another leg beside the ride."""
    await city.found(conn)
    first, other = await shared_pair(conn)
    third = await city.assigned(conn, await city.approved(conn, ask("15:00", "16:00")), 1, 1)
    leg = await conn.fetchval("SELECT leg_id FROM ride_party LIMIT 1")
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute("UPDATE leg SET order_id = $2 WHERE id = $1", leg, third.id)
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute(
            "INSERT INTO leg (order_id, vehicle_id, driver_id, kind, status, during, planned) "
            "SELECT $1, 2, 2, kind, status, during, planned FROM leg WHERE id = $2",
            other.id, leg,
        )  # fmt: skip
    await conn.execute("INSERT INTO ride VALUES ((SELECT max(id) FROM leg), 0, 0)")
    with pytest.raises(asyncpg.UniqueViolationError):
        await conn.execute(
            "INSERT INTO ride_party SELECT (SELECT max(id) FROM leg), order_id, on_turn, off_turn, on_at, off_at "
            "FROM ride_party WHERE order_id = $1",
            first.id,
        )
    assert await conn.fetchval(city.OVERLAPS) == 0
