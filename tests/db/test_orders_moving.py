"""A plan may move what is sent and not accepted, at a price; nothing that was accepted moves."""

from datetime import timedelta

import pytest

from dispatch import orders
from dispatch.orders import plans
from tests import orders_city as city
from tests.db.test_orders_rides import grant, live, shared_pair
from tests.orders_city import CITY, MONDAY, NINGGUO, SUNDAY_NOON, ask, at, noon


async def plan(conn, pool, *, may_move=True, apply=True, now=noon):
    async with pool.acquire() as other, other.transaction():
        plan_id = await orders.ask_plan(
            other, MONDAY, CITY, now(), budget_s=5, apply=apply, may_move=may_move
        )
    assert await plans.plan_next(pool, now)
    return await orders.show_plan(conn, plan_id, CITY)


async def badly_placed(conn):
    """A trip from Ningguo on a car of the city, though Ningguo's own stands there."""
    await city.found(conn, city_cars=1, county_cars=1, drivers=(1, 1))
    await grant(conn, 5, "city_dispatcher")
    wanted = ask("09:00", "11:00", unit_id=2, from_place=NINGGUO, to_place=city.XUANCHENG)
    return await city.assigned(conn, await city.approved(conn, wanted), 1, 1)


async def test_what_nobody_accepted_moves_where_it_saves_more_than_its_price(conn, pool):
    order = await badly_placed(conn)
    shown = await plan(conn, pool)
    (move,) = shown["moves"]
    assert (move["order_id"], move["from_vehicle_id"], move["vehicle_id"]) == (order.id, 1, 2)
    assert (move["from_plate"], move["plate"]) == ("皖P10001", "皖P10002")
    assert (shown["outcome"]["moved"], shown["outcome"]["conflicts"]) == (1, [])
    (old, new) = await live(conn)
    assert (old[1], new[1], new[3], new[4]) == ("aborted", "sent", 2, "assigned")
    assert old[0] != new[0], "another order stands for it"
    moved_to = await conn.fetchval("SELECT moved_to FROM dispatch_order WHERE id = $1", order.id)
    assert moved_to == order.id + 1
    # both drivers are told: one by what is gone, one by what is new
    (gone,) = await orders.my_changes(conn, 1, SUNDAY_NOON)
    assert (gone["order_no"], gone["moved"], gone["new_plate"]) == (order.order_no, True, None)
    assert [o["id"] for o in await orders.my_orders(conn, 2, SUNDAY_NOON)] == [moved_to]
    kinds = await conn.fetch(
        "SELECT kind, data ->> 'driver_id' FROM outbox ORDER BY id DESC LIMIT 3"
    )
    assert {tuple(k) for k in kinds} >= {("order.displaced", "1"), ("order.assigned", "2")}
    # planned once more there is nothing left to move
    assert (await plan(conn, pool))["moves"] == []


async def test_by_default_everything_stays(conn, pool):
    order = await badly_placed(conn)
    shown = await plan(conn, pool, may_move=False)
    assert (shown["moves"], shown["tasks"], shown["may_move"]) == ([], 0, False)
    assert [row[0] for row in await live(conn)] == [order.order_no]


async def test_what_was_accepted_never_moves(conn, pool):
    order = await badly_placed(conn)
    accept = orders.Tap("key-accept-1", "accept", at("08:00"), 1)
    async with conn.transaction():
        await orders.check_in(conn, order.id, 1, accept, at("08:00"))
    shown = await plan(conn, pool)
    assert (shown["moves"], shown["tasks"]) == ([], 0)


async def test_what_leaves_within_the_hour_stays(conn, pool):
    await badly_placed(conn)
    soon = at("09:00") - timedelta(minutes=100)
    assert (await plan(conn, pool, apply=False, now=lambda: soon))["moves"] == []


async def test_what_is_accepted_after_the_plan_keeps_its_car_and_is_told(conn, pool):
    order = await badly_placed(conn)
    shown = await plan(conn, pool, apply=False)
    assert len(shown["moves"]) == 1
    accept = orders.Tap("key-accept-1", "accept", SUNDAY_NOON, 1)
    async with conn.transaction():
        await orders.check_in(conn, order.id, 1, accept, SUNDAY_NOON)
        await orders.apply_plan(conn, shown["id"], CITY, SUNDAY_NOON)
    outcome = (await orders.show_plan(conn, shown["id"], CITY))["outcome"]
    assert outcome["moved"] == 0
    assert [c["code"] for c in outcome["conflicts"]] == ["order-not-open"]
    assert [(r[1], r[3]) for r in await live(conn)] == [("accepted", 1)]


async def test_a_small_saving_moves_nobody(conn, pool):
    """Like cars at one place: any of them would do, and whoever has the trip keeps it."""
    await city.found(conn, city_cars=3, county_cars=0)
    await grant(conn, 5, "city_dispatcher")
    for n, hour in enumerate(("08:00", "10:30", "14:00"), 1):
        end = f"{int(hour[:2]) + 2:02}{hour[2:]}"
        await city.assigned(conn, await city.approved(conn, ask(hour, end)), n, 4 - n)
    shown = await plan(conn, pool)
    assert (shown["tasks"], shown["moves"]) == (3, [])


async def test_one_that_moves_makes_room_for_one_that_waits(conn, pool):
    """The only car with seven seats carries two people; seven ask for it."""
    await city.found(conn, city_cars=2, county_cars=0, drivers=(2, 0))
    await grant(conn, 5, "city_dispatcher")
    await conn.execute("UPDATE vehicle SET seats = 8, class = 'mpv' WHERE id = 1")
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    seven = await city.approved(conn, ask(passengers=7))
    assert len((await plan(conn, pool, may_move=False, apply=False))["rented"]) == 1
    shown = await plan(conn, pool)
    assert shown["rented"] == []
    assert [(m["order_id"], m["vehicle_id"]) for m in shown["moves"]] == [(order.id, 2)]
    assert (shown["outcome"]["moved"], shown["outcome"]["assigned"]) == (1, 1)
    carries = await conn.fetchval(
        "SELECT l.vehicle_id FROM leg l JOIN dispatch_order o ON o.id = l.order_id "
        "WHERE o.request_id = $1 AND l.status = 'assigned'",
        seven.id,
    )
    assert carries == 1
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_a_shared_ride_stays_where_it_is(conn, pool):
    await city.found(conn, city_cars=1, county_cars=1, drivers=(1, 1))
    await grant(conn, 5, "city_dispatcher")
    await shared_pair(conn)
    shown = await plan(conn, pool)
    assert (shown["tasks"], shown["moves"]) == (0, [])


async def test_the_next_plan_of_the_same_requests_names_the_same_cars(conn, pool):
    await city.found(conn, city_cars=3, county_cars=0)
    await grant(conn, 5, "city_dispatcher")
    for hour in ("08:00", "08:10", "08:20"):
        await city.approved(conn, ask(hour, "11:30"))
    first = await plan(conn, pool, apply=False)
    await city.approved(conn, ask("13:00", "15:00"))
    second = await plan(conn, pool, apply=False)
    was, now = (
        {a["request_id"]: (a["vehicle_id"], a["driver_id"]) for a in p["assignments"]}
        for p in (first, second)
    )
    assert was.items() <= now.items()
    changes = await orders.plan_changes(conn, second["id"], CITY)
    assert (changes["kept"], changes["moved"], changes["new"]) == (3, 0, 1)


async def reassigned(conn, order, vehicle, driver, now=SUNDAY_NOON):
    async with conn.transaction():
        await orders.reassign(conn, order.id, orders.Choice(vehicle, driver), CITY, now)


async def told(conn, driver, now=SUNDAY_NOON):
    rows = await orders.my_changes(conn, driver, now)
    return [(row["order_no"], row["moved"], row["plate"], row["new_plate"]) for row in rows]


async def test_who_loses_an_order_to_another_by_hand_is_told(conn):
    await city.found(conn, city_cars=3, county_cars=0)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    await reassigned(conn, order, 2, 2)
    assert await told(conn, 1) == [(order.order_no, True, "皖P10001", None)]
    assert await told(conn, 2) == []
    assert [o["order_no"] for o in await orders.my_orders(conn, 2, SUNDAY_NOON)] == [order.order_no]
    # the same driver in another car is told which
    await reassigned(conn, order, 3, 2)
    assert await told(conn, 2) == [(order.order_no, True, "皖P10002", "皖P10003")]
    # who gets it back has nothing to be told of, and is told again when it goes again
    before = (await orders.my_changes(conn, 1, SUNDAY_NOON))[0]["leg_id"]
    await reassigned(conn, order, 1, 1)
    assert await told(conn, 1) == []
    await reassigned(conn, order, 2, 3, SUNDAY_NOON + timedelta(hours=1))
    (again,) = await orders.my_changes(conn, 1, SUNDAY_NOON + timedelta(hours=1))
    assert again["leg_id"] > before
    assert await told(conn, 1, SUNDAY_NOON + timedelta(hours=14)) == []


async def test_who_loses_a_shared_ride_by_hand_is_told_of_every_party(conn):
    await city.found(conn, city_cars=2, county_cars=0)
    pair = await shared_pair(conn)
    drives = await conn.fetchval("SELECT driver_id FROM leg WHERE status = 'assigned'")
    await reassigned(conn, pair[0], 2, 2 if drives == 1 else 1)
    assert len({no for no, moved, _, _ in await told(conn, drives) if moved}) == len(pair)


async def test_who_loses_an_order_because_a_car_breaks_down_is_told(conn):
    await city.found(conn, city_cars=2, county_cars=0)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    async with conn.transaction():
        done = await orders.apply_breakdown(conn, 1, at("20:00"), CITY, SUNDAY_NOON)
    assert done["moved"] == [order.order_no]
    (gone,) = await orders.my_changes(conn, 1, SUNDAY_NOON)
    assert (gone["order_no"], gone["plate"]) == (order.order_no, "皖P10001")


@pytest.mark.parametrize("by", ["driver", "dispatcher"])
async def test_a_driver_is_told_what_others_took_back(conn, by):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    async with conn.transaction():
        if by == "driver":
            declined = orders.Tap("key-decline-1", "decline", SUNDAY_NOON, 1)
            await orders.check_in(conn, order.id, 1, declined, SUNDAY_NOON)
        else:
            await orders.withdraw(conn, order.id, "改期", CITY, SUNDAY_NOON)
    gone = await orders.my_changes(conn, 1, SUNDAY_NOON)
    assert [t["order_no"] for t in gone] == ([] if by == "driver" else [order.order_no])
    assert await orders.my_changes(conn, 1, SUNDAY_NOON + timedelta(hours=13)) == []
