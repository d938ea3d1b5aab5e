"""What the units ask for on a day: how many trips, where to, for how long, how early asked.

The figures are defaults calibrated on public reports: about 99 trips and 14,000 km a
workday of a city platform, 2.6 people a trip, 140 km there and back.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from dispatch.kernel.calendar import local
from simulators.city import City, Pool, Unit
from simulators.roads import outside_shares

WEEKDAY = (1.05, 1.10, 1.10, 1.05, 0.90, 0.12, 0.12)
START_HOURS = {7: 20, 8: 28, 9: 15, 10: 6, 11: 2, 13: 8, 14: 13, 15: 5, 16: 3}
PARTIES = (((1, 1), 22), ((2, 2), 32), ((3, 3), 22), ((4, 4), 14), ((5, 6), 6), ((8, 18), 3))
PURPOSES = {
    "RESEARCH": "赴基层调研", "MEETING_SHUTTLE": "参加会议", "IMPORTANT_EVENT": "重要公务活动",
    "ENFORCEMENT": "联合检查", "OTHER_APPROVED": "送达公文",
}  # fmt: skip
QUARTER_S = 900


@dataclass(frozen=True, slots=True)
class Wish:
    """A trip somebody will ask for; places are nodes, times seconds since 1970."""

    key: str
    unit: Unit
    purpose: str
    purpose_text: str
    passengers: int
    kind: str
    from_node: str
    to_node: str
    depart_at: int
    return_at: int
    submit_at: int
    cls: str | None = None
    emergency: bool = False
    cancel_at: int | None = None


def of_day(city: City, day: date, opening: int) -> list[Wish]:
    """The trips of a day in order of asking.

    Args:
        city: whose units ask.
        day: on which the trips leave.
        opening: seconds since 1970 before which nobody can ask.
    """
    wishes: list[Wish] = []
    for pool in city.pools:
        rng = city.rng("demand", day, pool.code)
        count = _poisson(rng, pool.trips * WEEKDAY[day.weekday()])
        taken: Counter[str] = Counter()
        for n in range(count):
            unit = _unit(city, pool, taken, rng)
            taken[unit.code] += 1
            wishes.append(_wish(city, pool, unit, day, opening, rng, f"{day}-{pool.code}-{n}"))
    if day.weekday() < 5:
        wishes.extend(_meeting(city, day, opening))
    if day.weekday() in (1, 2):
        wishes.extend(_conference(city, day, opening))
    return sorted(wishes, key=lambda wish: (wish.submit_at, wish.key))


def _poisson(rng: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def _unit(city: City, pool: Pool, taken: Counter[str], rng: random.Random) -> Unit:
    """Somebody of the platform who did not ask too often yet, in towns less often."""
    units = [u for u in city.units if u.pool == pool.code]
    open_ = [u for u in units if taken[u.code] < (2 if u.grassroots else 3)] or units
    return rng.choice(open_)


def _wish(
    city: City, pool: Pool, unit: Unit, day: date, opening: int, rng: random.Random, key: str
) -> Wish:
    to_node = _destination(city, pool, unit, rng)
    one_way_s = city.roads.route(unit.node, to_node).seconds
    hour = rng.choices(list(START_HOURS), list(START_HOURS.values()))[0]
    minute = rng.choice((30, 45) if hour == 7 else (0, 15, 30, 45))
    depart_at = int(local(day, time(hour, minute)).timestamp())
    drop_off = rng.random() < 0.15
    wait_s = 0.0 if drop_off else 3600 * min(6.0, rng.lognormvariate(math.log(2.5), 0.6))
    depart_at, return_at = _fit(day, depart_at, int(2 * one_way_s), int(wait_s))
    least, most = rng.choices([p for p, _ in PARTIES], [w for _, w in PARTIES])[0]
    purpose = rng.choice(list(PURPOSES))
    emergency = rng.random() < 0.02
    submit_at = _asked(rng, day, depart_at, opening, emergency=emergency)
    cancelled = rng.random() < 0.04 and depart_at - submit_at > 3 * 3600
    return Wish(
        key=key, unit=unit, purpose="EMERGENCY" if emergency else purpose,
        purpose_text=PURPOSES[purpose], passengers=rng.randint(least, most),
        kind="drop_off" if drop_off else "whole_day" if wait_s > 5 * 3600 else "wait_and_return",
        from_node=unit.node, to_node=to_node, depart_at=depart_at, return_at=return_at,
        submit_at=submit_at, emergency=emergency,
        cancel_at=(submit_at + depart_at) // 2 if cancelled else None,
    )  # fmt: skip


def _fit(day: date, depart_at: int, drive_s: int, wait_s: int) -> tuple[int, int]:
    """Back by 18:45 where that can be; else leave earlier, else be back by 20:30."""
    evening = int(local(day, time(18, 45)).timestamp())
    morning = int(local(day, time(7, 30)).timestamp())
    needed = drive_s + max(1_800, wait_s) + 2_400
    if depart_at + needed > evening:
        needed = drive_s + max(1_800, min(wait_s, 5_400)) + 2_400
        depart_at = max(morning, min(depart_at, (evening - needed) // QUARTER_S * QUARTER_S))
    back_at = depart_at + -(-needed // QUARTER_S) * QUARTER_S
    return depart_at, min(back_at, evening + 6_300)


def _destination(city: City, pool: Pool, unit: Unit, rng: random.Random) -> str:
    seat = city.seat(pool)
    adcode = city.roads.nodes[seat].adcode
    counties = sorted(n.id for n in city.roads.nodes.values() if n.kind == "seat" and n.id != seat)
    draw = rng.random()
    if draw < 0.20:
        shares = outside_shares()
        return rng.choices(list(shares), list(shares.values()))[0]
    if draw < 0.30 or (draw < 0.70 and (pool.level == "city" or seat == "341802")):
        near = [1 / city.roads.route(unit.node, county).length_m for county in counties]
        return rng.choices(counties, near)[0]
    if draw < 0.70:
        return "341802"
    inside = sorted(
        n.id for n in city.roads.nodes.values()
        if n.kind == "town" and n.adcode == adcode and n.id != unit.node
    )  # fmt: skip
    return rng.choice(inside)


def _asked(rng: random.Random, day: date, depart_at: int, opening: int, *, emergency: bool) -> int:
    if emergency:
        return max(opening, depart_at - rng.randrange(300, 900))
    draw = rng.random()
    if draw < 0.15:
        at = depart_at - rng.randrange(3_600, 7_500)
    elif draw < 0.35:
        at = depart_at - rng.randrange(7_200, 28_800)
    else:
        days = 1 if draw < 0.80 else rng.randint(2, 5) if draw < 0.98 else rng.randint(6, 9)
        hour, minute = rng.randrange(8, 17), rng.randrange(60)
        at = int(local(day - timedelta(days=days), time(hour, minute)).timestamp())
    return max(opening + rng.randrange(900), at)


def _meeting(city: City, day: date, opening: int) -> Iterator[Wish]:
    """Four units of the city are called to one county's meeting: some of them could share a car."""
    rng = city.rng("meeting", day)
    units = [u for u in city.units if u.pool == "XZ-CITY" and not u.grassroots]
    counties = sorted(
        n.id for n in city.roads.nodes.values() if n.kind == "seat" and n.id != "341802"
    )
    to_node = rng.choice(counties)
    for n, unit in enumerate(rng.sample(units, min(4, len(units)))):
        depart_at = int(local(day, time(8, 15 + 5 * rng.randrange(4))).timestamp())
        yield Wish(
            key=f"{day}-meeting-{n}", unit=unit, purpose="MEETING_SHUTTLE",
            purpose_text="赴县区参加工作会议", passengers=rng.randint(1, 2), kind="wait_and_return",
            from_node=unit.node, to_node=to_node,
            depart_at=depart_at, return_at=depart_at + 5 * 3600 + 300 * rng.randrange(4),
            submit_at=max(opening + 600, depart_at - 20 * 3600 + 300 * n),
        )  # fmt: skip


def _conference(city: City, day: date, opening: int) -> Iterator[Wish]:
    """A conference needs more coaches at once than all platforms have: somebody must rent."""
    depart_at = int(local(day, time(9, 0)).timestamp())
    unit = next(u for u in city.units if u.pool == "XZ-CITY")
    for n in range(1 + sum(car.cls == "coach" for car in city.cars)):
        yield Wish(
            key=f"{day}-conference-{n}", unit=unit, purpose="GROUP",
            purpose_text="大型会议集体用车", passengers=36 + n, kind="wait_and_return",
            from_node=unit.node, to_node="341881",
            depart_at=depart_at, return_at=depart_at + 6 * 3600,
            submit_at=max(opening + 600, depart_at - 22 * 3600 + 60 * n), cls="coach",
        )  # fmt: skip
