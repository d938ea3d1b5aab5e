"""Plans grow old: what explains them goes, what they decided stays."""

from datetime import timedelta

import pytest

from dispatch import orders
from dispatch.kernel.calendar import local, month_bounds
from dispatch.orders.errors import PlanShed
from tests import orders_city as city
from tests.db.test_orders_plans import grant, planned
from tests.orders_city import CITY, MONDAY

KEEP = timedelta(days=90)
LATE = local(MONDAY) + KEEP + timedelta(days=1)
MARCH = month_bounds(MONDAY.replace(day=1))[0]


@pytest.fixture
async def conn(conn):
    await city.found(conn)
    await grant(conn, 5, "city_dispatcher")
    return conn


async def test_an_old_plan_keeps_its_figures_and_outcome_and_explains_nothing(conn, pool):
    request = await city.approved(conn)
    shown = await planned(pool)
    assert await orders.explain_request(conn, shown["id"], request.id, CITY)
    assert await orders.shed_plans(conn, LATE - timedelta(seconds=1), KEEP, None) == 0
    whole = await orders.plans_kept(conn, LATE, KEEP, None)
    assert (whole.whole, whole.shed, whole.held, whole.since) == (1, 0, 0, MONDAY)
    assert whole.bytes > 1_000
    assert await orders.shed_plans(conn, LATE, KEEP, None) == 1
    assert await orders.plans_kept(conn, LATE, KEEP, None) == orders.PlansKept(0, 1, 0, 0, None)
    assert await orders.show_plan(conn, shown["id"], CITY) == shown
    for asked in (
        orders.explain_request(conn, shown["id"], request.id, CITY),
        orders.plan_changes(conn, shown["id"], CITY),
    ):
        with pytest.raises(PlanShed):
            await asked
    assert await orders.shed_plans(conn, LATE, KEEP, None) == 0, "and once is enough"


async def test_of_an_open_month_what_became_orders_is_kept_whole(conn, pool):
    await city.approved(conn)
    left, done = [(await planned(pool, apply=apply))["id"] for apply in (False, True)]
    assert (await orders.plans_kept(conn, LATE, KEEP, MARCH)).held == 1
    assert await orders.shed_plans(conn, LATE, KEEP, MARCH) == 1
    whole = "SELECT id FROM plan_run WHERE problem IS NOT NULL"
    assert [row["id"] for row in await conn.fetch(whole)] == [done]
    assert (await orders.plan_changes(conn, done, CITY))["before"] is None, left
    april = month_bounds(MONDAY.replace(month=4, day=1))[0]
    assert await orders.shed_plans(conn, LATE, KEEP, april) == 1


async def test_a_plan_that_waits_is_left_alone(conn):
    async with conn.transaction():
        await orders.ask_plan(conn, MONDAY, CITY, city.SUNDAY_NOON, budget_s=1, apply=False)
    assert await orders.shed_plans(conn, LATE, KEEP, None) == 0
    assert await orders.plans_kept(conn, LATE, KEEP, None) == orders.PlansKept(0, 0, 0, 0, None)
