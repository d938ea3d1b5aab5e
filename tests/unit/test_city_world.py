"""The simulated city by itself: the same for the same seed, and true to its own physics."""

import sqlite3
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from dispatch.kernel.calendar import business_day, local
from dispatch.kernel.place import steps
from simulators import city, demand, roads
from simulators.city import City
from simulators.faults import Link
from simulators.motion import Sight
from simulators.pump import moment
from simulators.trip import Order
from simulators.truth import FILE, Truth, fix_key
from simulators.vehicle import Vehicle
from simulators.world import Happened, World

DAY = date(2026, 3, 2)
START = int(local(DAY).timestamp())


@pytest.fixture(scope="module")
def small() -> City:
    return city.build(1, DAY, 24)


def orders_of(built: City) -> list[Order]:
    """Whoever is of the platform and large enough drives, one trip a car."""
    free = list(built.cars)
    orders = []
    for n, wish in enumerate(demand.of_day(built, DAY, START)):
        fitting = [c for c in free if c.kind.seats > wish.passengers and c.pool == wish.unit.pool]
        if not fitting:
            continue
        free.remove(fitting[0])
        orders.append(
            Order(n, f"N{n}", fitting[0].code, "DRV001", wish.kind, wish.from_node, wish.to_node,
                  wish.depart_at, wish.return_at)
        )  # fmt: skip
    return orders


def a_day(built: City, folder: Path, step_s: int) -> tuple[bytes, list[Happened]]:
    world, truth = World(built, START), Truth(folder)
    links = {c.code: Link(c.device, built.rng("link", c.device), START, 1) for c in built.cars}
    for order in orders_of(built):
        world.take(order)
    told = []
    for now in range(START + step_s, START + 86_400 + 1, step_s):
        happened = world.advance(now)
        told.append(happened)
        for code, sights in happened.reports.items():
            for message in links[code].messages(sights, now):
                truth.acknowledged(fix_key(code, s.ts, s.lon, s.lat) for s in message)
        truth.sent(happened.slips)
        truth.driven(happened.driven)
        truth.privately(happened.private)
    truth.close()
    with sqlite3.connect(folder / FILE) as db:
        dump = "\n".join(db.iterdump()).encode()
    db.close()
    return dump, told


def test_one_seed_gives_one_truth_byte_for_byte(small, tmp_path):
    first, _ = a_day(small, tmp_path / "a", 900)
    second, _ = a_day(city.build(1, DAY, 24), tmp_path / "b", 900)
    other, _ = a_day(city.build(2, DAY, 24), tmp_path / "c", 900)
    assert first == second
    assert first != other


def test_the_pace_of_the_steps_changes_no_trip_and_no_receipt(small, tmp_path):
    def facts(told: list[Happened]) -> tuple[set[object], set[object], set[Sight]]:
        return (
            {(d.order.order_no, d.departed_at, d.returned_at, d.metres) for h in told for d in h.driven},
            {(s.receipt.txn, s.receipt.amount_fen) for h in told for s in h.slips},
            {r for h in told for reports in h.reports.values() for r in reports},
        )  # fmt: skip

    _, slow = a_day(small, tmp_path / "a", 900)
    _, fast = a_day(small, tmp_path / "b", 60)
    assert facts(slow) == facts(fast)
    trips, receipts, reports = facts(slow)
    assert len(trips) >= 10
    assert len(receipts) >= 10
    assert len(reports) >= 10_000


def test_kilometres_are_the_integral_of_the_positions(small, tmp_path):
    _, told = a_day(small, tmp_path / "a", 900)
    for driven in [d for h in told for d in h.driven]:
        seen = [r for h in told for r in h.reports.get(driven.order.car, ())]
        seen = [r for r in seen if driven.departed_at <= r.ts <= driven.returned_at]
        moving = np.array([(r.lon, r.lat) for r in seen if r.speed_kmh > 0])
        assert driven.metres == pytest.approx(seen[-1].odometer_m - seen[0].odometer_m, abs=400)
        assert float(steps(moving).sum()) == pytest.approx(driven.metres, rel=0.02, abs=500)


def test_what_was_filled_less_what_is_left_was_burnt(small):
    car = next(c for c in small.cars if c.kind.powertrain == "petrol")
    vehicle = Vehicle(car, 1, START)
    at_first, now = vehicle.fuel_ml, START + 60
    for there in ("341881", "out-hefei", "341821") * 3:
        now = vehicle.drive(now, small.roads.route("depot-xz-city", there)).end
        now = vehicle.drive(now, small.roads.route(there, "depot-xz-city")).end
        vehicle.fill(now, now + 300)
        now += 300
    assert vehicle.filled_ml > 100_000
    assert at_first + vehicle.filled_ml - vehicle.burnt_ml == pytest.approx(vehicle.fuel_ml)
    assert 0 <= vehicle.fuel_ml <= car.kind.tank_ml


def test_a_charge_that_is_cut_short_gives_what_went_in_so_far(small):
    car = next(c for c in small.cars if c.kind.powertrain == "bev")
    vehicle = Vehicle(car, 1, START)
    end = vehicle.drive(START + 60, small.roads.route("depot-xz-city", "341881")).end
    vehicle.park(end)
    had = vehicle.wh
    full_at = vehicle.plug_in(end + 60, 20_000)
    assert full_at > end + 600
    assert vehicle.unplug(end + 60 + 360) == 2_000
    assert vehicle.wh == had + 2_000
    assert vehicle.unplug(end + 999) == 0


def test_a_car_that_leaves_before_its_charge_begins_gets_nothing(small):
    car = next(c for c in small.cars if c.kind.powertrain == "bev")
    vehicle = Vehicle(car, 1, START)
    end = vehicle.drive(START + 60, small.roads.route("depot-xz-city", "341881")).end
    vehicle.park(end)
    had = vehicle.wh
    vehicle.plug_in(end + 240, 20_000)
    assert vehicle.unplug(end + 100) == 0
    vehicle.park(vehicle.drive(end + 100, small.roads.route("341881", "depot-xz-city")).end)
    levels = [r.soc_pct for r in vehicle.reports(end + 20_000)]
    assert levels == sorted(levels, reverse=True)
    assert vehicle.wh < had


def test_a_terminal_reports_forward_only_and_never_twice(small, tmp_path):
    _, told = a_day(small, tmp_path / "a", 900)
    for car in small.cars:
        times = [r.ts for h in told for r in h.reports.get(car.code, ())]
        assert times == sorted(set(times))
        assert max(np.diff(times)) <= 300


def test_what_is_seen_first_is_what_is_seen_anyway(small):
    early, plain = World(small, START), World(small, START)
    first = 0
    for world in (early, plain):
        for order in orders_of(small):
            world.take(order)
    for now in range(START + 900, START + 86_400 + 1, 900):
        seen = early.seen_so_far(now)
        first += len(seen)
        rest, all_of_it = early.advance(now).reports, plain.advance(now).reports
        together = {
            code: seen.get(code, []) + rest.get(code, []) for code in seen.keys() | rest.keys()
        }
        assert together == all_of_it
    assert first > 50


def test_every_road_is_as_long_as_it_says(small):
    for edge in small.roads.edges:
        route = small.roads.route(edge.a, edge.b)
        assert route.seconds <= edge.seconds + 1e-6
    hefei = roads.load().route("341802", "out-hefei")
    assert hefei.length_m == pytest.approx(216_000, abs=1)
    assert float(steps(hefei.lon_lat).sum()) == pytest.approx(216_000, abs=1)


def test_plates_cards_obus_and_devices_are_each_ones_own():
    full = city.build(1, DAY, 249)
    for what in ("code", "plate", "card", "obu", "device"):
        assert len({getattr(car, what) for car in full.cars}) == 249
    assert len({p.code for p in full.people}) == len(full.people)


def test_demand_of_a_workday_is_near_its_calibration():
    full = city.build(1, DAY, 249)
    days = [demand.of_day(full, date(2026, 3, d), START) for d in (3, 4, 5, 10, 11, 12)]
    wishes = [w for day in days for w in day]
    round_trip_km = [2 * full.roads.route(w.from_node, w.to_node).length_m / 1000 for w in wishes]
    assert 180 < len(wishes) / len(days) < 270
    assert 2.2 < np.mean([w.passengers for w in wishes]) < 3.6
    assert 110 < np.mean(round_trip_km) < 180
    for wish in wishes:
        assert wish.submit_at < wish.depart_at < wish.return_at
        assert business_day(moment(wish.depart_at)) == business_day(moment(wish.return_at))


def test_a_car_too_few_is_refused():
    with pytest.raises(ValueError, match="at least 16"):
        city.build(1, DAY, 15)


def test_taps_of_trips_under_way_are_told_before_or_with_all_else_and_once(small):
    def taps(*, first: bool) -> list[tuple[int, str, str]]:
        world = World(small, START)
        for order in orders_of(small):
            world.take(order)
        said = []
        for now in range(START + 900, START + 86_400 + 1, 900):
            said += world.taps_so_far(now) if first else []
            said += world.advance(now).taps
        return sorted((t.at, t.order.order_no, t.kind) for t in said)

    told = taps(first=True)
    assert told == taps(first=False)
    assert len(set(told)) == len(told)
    assert {kind for _, _, kind in told} >= {"accept", "depart", "onboard", "arrive", "return"}
