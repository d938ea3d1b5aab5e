"""Whether each car has what it drove, though its terminal was moved or its driver's phone died."""

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.kernel.db import Conn, statements
from simulators.judge.verdict import EPOCH, Verdict, near

SQL = statements(__file__, "moved.sql")
BESIDE_S = 900
"""So close to the move a false clock may put a report of a parked car on the other one."""
FOREVER = 2**32
LOST = ("depart", "return")
"""Without these taps nobody can know of a trip."""


@dataclass(frozen=True, slots=True)
class Span:
    """A terminal in a car over a time, seconds since 1970."""

    device: str
    car: str
    start: int
    end: int


def spans(truth: sqlite3.Connection) -> list[Span]:
    """All fittings of terminals that were moved, oldest first."""
    by_device: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for r in truth.execute("SELECT * FROM fitted ORDER BY since"):
        by_device[r["device"]].append((r["since"], r["car"]))
    found = []
    for device, known in by_device.items():
        if len(known) > 1:
            ends = [since for since, _ in known[1:]] + [FOREVER]
            found += [
                Span(device, car, since + (BESIDE_S if since else 0), end - BESIDE_S)
                for (since, car), end in zip(known, ends, strict=True)
            ]
    return found


async def fittings(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    """Every fix of a terminal that was moved is on the car that it was in, moment by moment."""
    known = spans(truth)
    rows = await conn.fetch(
        SQL["fixes_by_car"],
        [s.device for s in known],
        [s.car for s in known],
        [_time(s.start) for s in known],
        [_time(s.end) for s in known],
    )
    found = [
        f"{r['device']}: {r['fixes']} fixes are on {r['said']}, truly on {r['car']}"
        for r in rows
        if r["said"] != r["car"]
    ]
    verdict.add("fixes of moved terminals", sum(r["fixes"] for r in rows), found)


async def drives(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    """Together, the journeys of a car whose terminal was moved, or whose driver's phone died."""
    since = {s.car: s.start for s in spans(truth) if s.start}
    since |= {
        r["car"]: 0 for r in truth.execute("SELECT car FROM mishap WHERE kind = 'lost-phone'")
    }
    under_way = _under_way(truth)
    found = []
    for car, lo in sorted(since.items()):
        true_m, last = _driven(truth, car, lo)
        hi = last + BESIDE_S if car in under_way else FOREVER
        said = await conn.fetchrow(SQL["driven"], car, _time(lo), _time(hi))
        if said is not None and not any(near(m, true_m) for m in (said["gps_m"], said["wheel_m"])):
            found.append(f"{car}: {dict(said)} since {_time(lo).isoformat()}, truly {true_m} m")
    verdict.add("kilometres of cars with a moved terminal or a lost phone", len(since), found)


def lost_taps(truth: sqlite3.Connection) -> dict[str, set[str]]:
    """What died with a phone, by order number; only what a trip cannot be known without."""
    found: dict[str, set[str]] = defaultdict(set)
    for r in truth.execute("SELECT order_no, kind FROM lost_tap"):
        if r["kind"] in LOST:
            found[r["order_no"]].add(r["kind"])
    return found


def _under_way(truth: sqlite3.Connection) -> set[str]:
    row = truth.execute("SELECT value FROM meta WHERE key = 'under_way'").fetchone()
    return set(row["value"].split(",")) if row is not None else set()


def _driven(truth: sqlite3.Connection, car: str, since: int) -> tuple[int, int]:
    """Metres of what ended, and when the last of it did."""
    row = truth.execute(
        "SELECT coalesce(sum(metres), 0) AS metres, coalesce(max(till), ?2) AS last FROM ("
        "SELECT metres, departed_at AS since, returned_at AS till FROM trip WHERE car = ?1 "
        "UNION ALL SELECT metres, start, end FROM private_use WHERE car = ?1) WHERE since >= ?2",
        (car, since),
    ).fetchone()
    return row["metres"], row["last"]


def _time(at: int) -> datetime:
    return EPOCH + timedelta(seconds=at)
