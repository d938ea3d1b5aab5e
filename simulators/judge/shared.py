"""Whether a shared ride is one trip of one car, and stands in the books once."""

import sqlite3
from collections import defaultdict

import asyncpg

from dispatch.kernel.db import Conn, statements
from simulators.judge.moved import lost_taps
from simulators.judge.verdict import Verdict

SQL = statements(__file__, "shared.sql")


async def rides(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    """All who rode are done with, on one trip, and their kilometres add up to what was driven."""
    lost, aboard = lost_taps(truth), defaultdict(list)
    untold = {row["order_no"] for row in truth.execute("SELECT order_no FROM lost_tap")}
    for row in truth.execute("SELECT * FROM rider ORDER BY order_no"):
        if row["trip_no"] not in lost:
            aboard[row["trip_no"]].append(row["order_no"])
    rows = await conn.fetch(SQL["riders"], [no for nos in aboard.values() for no in nos])
    known = {row["order_no"]: row for row in rows}
    found = [
        f"{trip}: {words}" for trip, nos in aboard.items() for words in _wrong(nos, known, untold)
    ]
    metres = {r["trip_id"]: r["declared_m"] for r in rows if r["trip_id"] is not None}
    verdict.notes.append(
        f"shared rides: {len(aboard)} with {sum(map(len, aboard.values()))} orders, "
        f"{sum(metres.values()) // 1000} km driven once"
    )
    verdict.add("shared rides", len(aboard), found)


def _wrong(nos: list[str], known: dict[str, asyncpg.Record], untold: set[str]) -> list[str]:
    rows = [known[no] for no in nos if no in known]
    wrong = [f"no such order {no}" for no in nos if no not in known]
    done = [r for r in rows if r["state"] == "completed" or r["order_no"] in untold]
    wrong += [f"{r['order_no']} is {r['state']}" for r in rows if r not in done]
    trips = {r["trip_id"] for r in rows}
    if len(trips) != 1 or None in trips:
        return [*wrong, f"driven as trips {sorted(map(str, trips))}"]
    booked, driven = sum(r["booked_m"] for r in rows), rows[0]["declared_m"]
    if booked != driven:
        wrong.append(f"{booked} m in the books, {driven} m driven")
    return wrong
