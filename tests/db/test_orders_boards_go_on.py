"""Boards go on after bookings and whatever else is done, and answer as boards made anew."""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

import optimizer
from dispatch import orders
from dispatch.kernel.errors import FleetError
from dispatch.orders import boards, keeping
from tests import orders_city as city
from tests.orders_city import CITY, GUQUAN, HEFEI, NINGGUO, SUNDAY_NOON, XUANCHENG, ask, at

CARS, STEPS = 6, 40
LATE = ("17:00", "19:00"), ("18:30", "20:30")
TUESDAY = city.MONDAY + timedelta(days=1)


class Day:
    """What people do on a day and before it, at random; `now` moves on."""

    def __init__(self, conn, seed, now):
        self.conn, self.rng, self.now = conn, random.Random(seed), now
        self.made, self.taps = [], 0

    async def something(self):
        """One thing, if it may be done."""
        acts = (self.approved, self.assigned, self.assigned, self.reassigned, self.withdrawn)
        await self.tried(
            self.rng.choice((*acts, self.cancelled, self.tapped, self.tapped, self.away))
        )

    async def tried(self, act):
        with suppress(FleetError):
            async with self.conn.transaction():
                await act()

    def wanted(self):
        rng = self.rng
        first = rng.randint(min(self._hour(), 15) + 1, 16)
        places = rng.sample((XUANCHENG, NINGGUO, GUQUAN, HEFEI), 2)
        hours = rng.randint(2, 4)
        long = {"return_at": at("15:00", TUESDAY)} if places[1] == HEFEI else {}
        return ask(
            f"{first:02}:{rng.choice((0, 30)):02}", f"{first + hours:02}:45",
            kind=rng.choice(("drop_off", "wait_and_return")), passengers=rng.choice((1, 2, 4)),
            from_place=places[0], to_place=places[1], **long,
        )  # fmt: skip

    def _hour(self):
        return (self.now - at("00:00")) // timedelta(hours=1) if self.now > at("00:00") else 6

    async def approved(self):
        self.made.append(await city.approved(self.conn, self.wanted(), now=self.now))

    def _any(self):
        return self.rng.choice(self.made).id if self.made else 0

    def _choice(self):
        return orders.Choice(self.rng.randint(1, CARS), self.rng.randint(1, CARS))

    async def assigned(self):
        """The best candidate, or any car."""
        waiting = await self.conn.fetch(
            "SELECT id FROM trip_request WHERE state = 'approved' AND promised_at IS NOT NULL ORDER BY id"
        )
        if not waiting:
            return
        one, choice = self.rng.choice(waiting)["id"], self._choice()
        found = (await orders.candidates(self.conn, one, CITY, self.now)).alternatives
        if found and self.rng.random() < 0.7:
            best = found[0]
            choice = orders.Choice(best.vehicle_id, best.driver_id, best.start_at, best.chain)
        await orders.assign(self.conn, one, choice, CITY, self.now)

    async def _order(self):
        return await self.conn.fetchrow(
            "SELECT o.id, l.driver_id FROM dispatch_order o JOIN order_leg l ON l.order_id = o.id "
            "WHERE o.state NOT IN ('aborted', 'displaced', 'completed') ORDER BY md5(o.id::text || $1) LIMIT 1",
            str(self.rng.random()),
        )

    async def reassigned(self):
        if found := await self._order():
            await orders.reassign(self.conn, found["id"], self._choice(), CITY, self.now)

    async def withdrawn(self):
        if found := await self._order():
            await orders.withdraw(self.conn, found["id"], "不用了", CITY, self.now)

    async def cancelled(self):
        await orders.cancel_request(self.conn, self._any(), city.CLERK, self.now)

    async def tapped(self):
        self.taps += 1
        kind = self.rng.choice(("accept", "decline", "depart", "depart", "return"))
        tap = orders.Tap(f"tap-{self.taps}", kind, self.now, self.taps, 1000 * self.taps)
        if found := await self._order():
            await orders.check_in(self.conn, found["id"], found["driver_id"], tap, self.now)

    async def away(self):
        """A car in the workshop or a driver on leave, or one that is back."""
        if self.rng.random() < 0.3:
            await self.conn.execute("DELETE FROM leg WHERE kind <> 'trip'")
            return
        whose, kind = self.rng.choice((("vehicle_id", "maintenance"), ("driver_id", "leave")))
        hour = self.rng.randint(8, 20)
        with suppress(Exception):
            async with self.conn.transaction():
                await self.conn.execute(
                    f"INSERT INTO leg ({whose}, kind, status, during, planned) "
                    f"VALUES ($1, '{kind}', 'held', tstzrange($2, $3), tstzrange($2, $3))",
                    self.rng.randint(1, CARS), at(f"{hour:02}:00"), at(f"{hour + 2:02}:00"),
                )  # fmt: skip

    async def passes(self):
        """Time goes by, and the last leg is written anew: what is kept is of another version."""
        self.now += timedelta(minutes=self.rng.randint(1, 20))
        await orders.extend_overdue(self.conn, self.now)
        await self.conn.execute(
            "UPDATE leg SET planned = planned WHERE id = (SELECT max(id) FROM leg)"
        )


async def answers(conn, asked, now):
    async with conn.transaction():
        return [await orders.candidates(conn, one.id, CITY, now) for one in asked]


async def made_of_nothing(conn, asked, now):
    """The same of boards made anew; those that are kept stay."""
    kept = dict(boards._KEPT)
    boards.forget()
    found = await answers(conn, asked, now)
    boards.forget()
    boards._KEPT.update(kept)
    return found


async def assert_promises_are_a_plan(conn, asked, now):
    """All that is promised was put on the full board or found no place, and it keeps every rule."""
    table = await boards.boards_for(conn, asked, now)
    async with table.lock:
        await keeping.keep_promises(conn, table, 0, now)
    rows = await conn.fetch(
        "SELECT id FROM trip_request WHERE state = 'approved' AND promised_at IS NOT NULL "
        "AND depart_at < $1", at("00:00", TUESDAY),
    )  # fmt: skip
    assert table.promised.keys() | table.unplaced.keys() == {row["id"] for row in rows}
    board, problem = table.full, table.day.problem
    assert board.chain_of.keys() == problem.task_of.keys() | table.promised.keys()
    put = (board.tasks[i] for i in table.promised)
    whole, duties = replace(problem, tasks=(*problem.tasks, *put)), board.duties()
    anew = optimizer.Board.of(whole, duties)
    assert board.arrays().spent.tolist() == anew.arrays().spent.tolist()
    assert broken(whole, duties) <= broken(problem, optimizer.Board.of(problem).duties())


def broken(problem, duties):
    """Rules that duties break; dispatchers may decide what a plan would not."""
    violations = optimizer.judge(problem, duties, (), ()).violations
    return {(v.rule, v.facts.get("vehicle")) for v in violations}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("now", [SUNDAY_NOON, at("07:05")], ids=["the day before", "that day"])
async def test_boards_that_go_on_answer_as_those_made_anew(conn, seed, now):
    boards.forget()
    await city.found(conn, city_cars=CARS // 2, county_cars=CARS // 2)
    await conn.execute(
        "UPDATE vehicle SET powertrain = 'bev', range_m = 120000, tank_ml = NULL, norm_ml_per_100km = NULL, "
        "battery_wh = 60000 WHERE id IN (2, 5)"
    )
    day = Day(conn, seed, now)
    asked = [await city.approved(conn, ask(*hours), now=now) for hours in LATE]
    await conn.execute("UPDATE trip_request SET promised_at = NULL")
    for step in range(STEPS):
        await (day.something() if step > 8 else day.tried(day.approved))
        if now != SUNDAY_NOON:
            await day.passes()
        found = await answers(conn, asked, day.now)
        assert found == await made_of_nothing(conn, asked, day.now)
        await assert_promises_are_a_plan(conn, asked[0], day.now)
    assert await conn.fetchval("SELECT count(*) FROM leg") > 2


async def test_after_a_booking_promises_stay_where_they_are(conn):
    boards.forget()
    await city.found(conn, city_cars=3, county_cars=0)
    first, second, third = [await city.approved(conn) for _ in range(3)]
    table = await boards.boards_for(conn, third, SUNDAY_NOON)
    cars = table.cars()
    driver = table.full.chains[table.full.chain_of[first.id]].driver.id
    await city.assigned(conn, first, cars[first.id], driver)
    after = await boards.boards_for(conn, third, SUNDAY_NOON)
    assert after is not table
    assert after.promised.keys() == {second.id, third.id}
    assert after.cars() == cars, "who is held has the car that was promised"
    assert table.promised.keys() == {first.id, second.id, third.id}, "who is at work on it goes on"


async def test_boards_are_asked_while_they_go_on(conn, pool):
    boards.forget()
    await city.found(conn, city_cars=CARS // 2, county_cars=CARS // 2)
    hours = [("08:00", "09:45"), ("10:00", "11:45"), ("12:30", "14:00"), ("15:00", "17:00")] * 4
    made = [await city.approved(conn, ask(*one)) for one in hours]
    waiting = [one for one in made if one.promised_at is not None]

    async def booked():
        async with pool.acquire() as mine:
            for one in waiting[::2]:
                best = (await orders.candidates(mine, one.id, CITY, SUNDAY_NOON)).alternatives[0]
                await city.assigned(mine, one, best.vehicle_id, best.driver_id)

    async def room(request):
        async with pool.acquire() as mine:
            return await orders.room_for(mine, request.id, city.APPROVER, SUNDAY_NOON)

    await asyncio.gather(booked(), *(room(one) for one in made))
    found = await answers(conn, waiting[1::2], SUNDAY_NOON)
    assert found == await made_of_nothing(conn, waiting[1::2], SUNDAY_NOON)
    await assert_promises_are_a_plan(conn, waiting[1], SUNDAY_NOON)


async def test_boards_that_somebody_works_on_for_long_are_made_anew(conn):
    """Who does may wait for a request that was locked by who asks now."""
    boards.forget()
    await city.found(conn, city_cars=2, county_cars=0)
    first, second = [await city.approved(conn) for _ in range(2)]
    table = await boards.boards_for(conn, second, SUNDAY_NOON)
    async with table.lock:
        await city.assigned(conn, first, 1, 1)
        found = await answers(conn, [second], SUNDAY_NOON)
    assert found == await made_of_nothing(conn, [second], SUNDAY_NOON)
    await assert_promises_are_a_plan(conn, second, SUNDAY_NOON)


async def test_a_leg_that_is_written_twice_in_one_transaction_is_read_twice(conn):
    boards.forget()
    await city.found(conn, city_cars=1, county_cars=0)
    asked = await city.submitted(conn)
    async with conn.transaction():
        await conn.execute(
            "INSERT INTO leg (vehicle_id, kind, status, during, planned) "
            "VALUES (1, 'maintenance', 'held', tstzrange($1, $2), tstzrange($1, $2))",
            at("06:00"),
            at("07:00"),
        )
        for hour, fits in (("10:00", False), ("06:30", True), ("09:30", False)):
            await conn.execute(
                "UPDATE leg SET during = tstzrange($1, $2), planned = tstzrange($1, $2)",
                at(hour),
                at(hour) + timedelta(hours=1),
            )
            found = await orders.room_for(conn, asked.id, city.APPROVER, SUNDAY_NOON)
            assert found.fits == fits
