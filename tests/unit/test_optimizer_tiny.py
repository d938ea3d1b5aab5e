"""The trying of all plans tries what it should: it is what the engines are measured with."""

from collections import Counter

import pytest

import optimizer as o
from tests.tiny_days import HOUR, car, day, drawn_rich, driver, task
from tests.tiny_plans import best_plan, call_orders


@pytest.mark.parametrize(("parties", "orders"), [(2, 4), (3, 60)])
def test_all_orders_of_calls_are_tried(parties, orders):
    # Of 2: (ab ab), (ab ba) and the same with b first. Of 3: 6 x (15 pairings - 5 with a gap).
    found = list(call_orders(tuple(range(parties))))
    assert len(found) == len(set(found)) == orders


def test_the_best_plan_charges_where_it_must():
    given = {"range_m": 60_000, "charge_m_per_hour": 60_000, "at": 0}
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 1, 0, 12 * HOUR), task(3, 0, 1, 16 * HOUR)]
    problem = day([car(1, **given)], [driver(1)], wanted, chargers=(0,))
    levels, plan = best_plan(problem)
    assert (levels.unserved, levels.rentals) == (0, 0)
    assert [(stop.via_home, stop.charge) for stop in plan.duties[0].stops][-1] == (True, 0)


def test_the_best_plan_shares_a_ride_rather_than_renting():
    share = {"share": o.Share(6000), "latest_s": 8 * HOUR + 1800}
    wanted = [task(1, 0, 2, 8 * HOUR, **share), task(2, 1, 2, 8 * HOUR, **share)]
    levels, plan = best_plan(day([car(1)], [driver(1)], wanted))
    assert (levels.unserved, levels.rentals) == (0, 0)
    assert len(plan.duties[0].stops[0].ride) == 4


def test_rich_days_have_everything_now_and_then():
    seen: Counter[str] = Counter()
    for seed in range(60):
        p = drawn_rich(seed)
        seen["hours of day"] += bool(p.matrix.percent_by_hour)
        seen["tolls"] += p.matrix.toll_fen is not None
        seen["breaks"] += p.hours.break_after_s is not None
        seen["spans"] += p.hours.span_s is not None
        seen["rest"] += p.hours.between_s > 0
        seen["chargers"] += bool(p.chargers)
        seen["sharing"] += any(t.share for t in p.tasks)
        seen["published"] += any(t.published for t in p.tasks)
        seen["quotas"] += bool(p.quotas)
        seen["two windows"] += any(len(v.windows) > 1 for v in p.vehicles)
    assert min(seen.values()) >= 10, seen
