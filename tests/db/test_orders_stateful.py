"""Any sequence of booking, driving, lateness and taking back keeps the invariants.

Hypothesis drives the real rooms against a real database; each machine has its own.
"""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dispatch import orders, requests
from dispatch.kernel import db
from dispatch.kernel.errors import FleetError
from tests import orders_city as city
from tests.conftest import with_database

CARS = 3
INVARIANTS = {
    "nothing is held twice": city.OVERLAPS,
    "an assigned request has exactly one live order": """
        SELECT count(*) FROM trip_request r WHERE (r.state IN ('assigned', 'completed')) <>
        EXISTS (SELECT 1 FROM dispatch_order o WHERE o.request_id = r.id AND o.state NOT IN ('aborted', 'displaced'))
    """,
    "a live order has exactly one live leg": """
        SELECT count(*) FROM dispatch_order o WHERE (o.state NOT IN ('aborted', 'displaced') AND o.rental_firm_id IS NULL) <>
        ((SELECT count(*) FROM order_leg l WHERE l.order_id = o.id AND l.status IN ('assigned', 'running', 'done')) = 1)
    """,
    "order numbers have no gap": """
        SELECT count(*) FROM (SELECT right(order_no, 4)::int - row_number() OVER (ORDER BY id) AS d FROM dispatch_order) x WHERE d <> 0
    """,
    "a displaced order has told its platform": """
        SELECT (SELECT count(*) FROM dispatch_order WHERE state = 'displaced')
             - (SELECT count(*) FROM outbox WHERE kind = 'order.displaced' AND NOT data ? 'withdrawn')
    """,
}


class Booking(RuleBasedStateMachine):
    """Two dispatchers and three drivers on one day of a small city."""

    server_dsn = ""
    template = ""
    loop: asyncio.AbstractEventLoop

    def __init__(self):
        super().__init__()
        self.name = f"s_{uuid4().hex[:12]}"
        self.now = city.SUNDAY_NOON
        self.requests = []
        self.run(self._open())

    def run(self, work):
        return self.loop.run_until_complete(work)

    async def _open(self):
        self.server = await asyncpg.connect(self.server_dsn)
        await self.server.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
        self.pool = await db.open_pool(with_database(self.server_dsn, self.name), at_most=2)
        async with self.pool.acquire() as conn:
            await city.found(conn, city_cars=CARS, county_cars=0)

    async def _close(self):
        await self.pool.close()
        await self.server.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        await self.server.close()

    def teardown(self):
        self.run(self._close())

    async def _in_transaction(self, act, *args, **more):
        async with self.pool.acquire() as conn:
            try:
                async with conn.transaction():
                    return await act(conn, *args, **more)
            except FleetError as refusal:
                return refusal

    def _order(self, n):
        async def of(conn):
            row = await conn.fetchrow(
                "SELECT o.id, l.driver_id FROM dispatch_order o JOIN order_leg l ON l.order_id = o.id "
                "WHERE o.state NOT IN ('aborted', 'displaced', 'completed') ORDER BY o.id OFFSET $1 LIMIT 1",
                n,
            )
            return row and tuple(row)

        return self.run(self._in_transaction(of))

    @rule(hour=st.integers(8, 17), length=st.integers(1, 3))
    def ask(self, hour, length):
        async def act():
            async with self.pool.acquire() as conn:
                wanted = city.ask(f"{hour:02}:00", f"{hour + length:02}:00", shareable=True)
                return await city.approved(conn, wanted)

        self.requests.append(self.run(act()).id)

    @rule(n=st.integers(0, 9), car=st.integers(1, CARS), driver=st.integers(1, CARS))
    def assign(self, n, car, driver):
        if n < len(self.requests):
            choice = orders.Choice(car, driver)
            self.run(
                self._in_transaction(orders.assign, self.requests[n], choice, city.CITY, self.now)
            )

    @rule(n=st.integers(0, 8), car=st.integers(1, CARS), driver=st.integers(1, CARS))
    def share(self, n, car, driver):
        """The request and the one after it in one car, whatever they asked for."""

        async def act(conn):
            pair = [await requests.get(conn, i) for i in self.requests[n : n + 2]]
            return await city.shared(conn, pair, car, driver, now=self.now)

        if n + 1 < len(self.requests):
            self.run(self._in_transaction(act))

    @rule(n=st.integers(0, 5), car=st.integers(1, CARS), driver=st.integers(1, CARS))
    def reassign(self, n, car, driver):
        if found := self._order(n):
            choice = orders.Choice(car, driver)
            self.run(self._in_transaction(orders.reassign, found[0], choice, city.CITY, self.now))

    @rule(n=st.integers(0, 5))
    def withdraw(self, n):
        if found := self._order(n):
            self.run(self._in_transaction(orders.withdraw, found[0], "不用了", city.CITY, self.now))

    @rule(n=st.integers(0, 9))
    def cancel(self, n):
        if n < len(self.requests):
            self.run(
                self._in_transaction(orders.cancel_request, self.requests[n], city.CLERK, self.now)
            )

    @rule(
        n=st.integers(0, 5),
        kind=st.sampled_from(["accept", "decline", "depart", "depart", "return", "return"]),
        minute=st.integers(0, 14 * 60),
        counter=st.integers(1, 9),
    )
    def tap(self, n, kind, minute, counter):
        found = self._order(n)
        if not found:
            return
        taken = city.at("07:00") + timedelta(minutes=minute)
        tap = orders.Tap(f"key-{uuid4().hex}", kind, taken, counter, 1000 * counter)
        answer = self.run(
            self._in_transaction(orders.check_in, found[0], found[1], tap, max(self.now, taken))
        )
        if kind in ("return", "depart") and isinstance(answer, FleetError):
            assert answer.code == "order-not-open", "only to have declined keeps a car from driving"

    @rule(minutes=st.integers(1, 180))
    def time_passes(self, minutes):
        self.now = max(self.now, city.at("07:30")) + timedelta(minutes=minutes)

        async def act():
            async with self.pool.acquire() as conn:
                await orders.extend_overdue(conn, self.now)
                async with conn.transaction():
                    await requests.expire_overdue(conn, self.now)

        self.run(act())

    @invariant()
    def holds(self):
        async def broken(conn):
            return [name for name, sql in INVARIANTS.items() if await conn.fetchval(sql) != 0]

        assert self.run(self._in_transaction(broken)) == []


@pytest.fixture
def machine(server_dsn, template):
    loop = asyncio.new_event_loop()
    yield type("Ours", (Booking,), {"server_dsn": server_dsn, "template": template, "loop": loop})
    loop.close()


def test_booking_keeps_its_invariants(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
