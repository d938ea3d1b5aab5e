"""The judge of a measuring run: what of each rule was found, missed and made up; the errors."""

import sqlite3
from collections import defaultdict
from pathlib import Path

import asyncpg

from dispatch.kernel.db import Conn, statements
from simulators.judge import bounds
from simulators.judge.figures import Figure, Measured
from simulators.judge.lines import line
from simulators.judge.matching import Matched, Span, alone, match, quantile
from simulators.judge.used import used

SQL = statements(__file__, "measured.sql")
FILE = "measure.sqlite"
RULES = {
    "A9": 9, "A10": 10, "A11": 11, "A12": 12, "A13": 13, "A14": 14, "A24": 24,
}  # fmt: skip
ENERGY = ("refuel", "drop", "charge")
SLACK_S = {"A9": 15, "A12": 60, "A13": 60, "A14": 60, "refuel": 600, "drop": 900, "charge": 900}


def is_measured(folder: Path) -> bool:
    """Whether a folder holds the truth of a measuring run."""
    return (folder / FILE).exists()


async def judged(folder: Path, dsn: str) -> Measured:
    """Judge a run.

    Args:
        folder: with its truth.
        dsn: of the database that it filled.

    Raises:
        FileNotFoundError: the folder holds no truth of a measuring run.
    """
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path}: no truth of a measuring run here")
    truth = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    truth.row_factory = sqlite3.Row
    conn = await asyncpg.connect(dsn)
    try:
        found = Measured()
        await _arrived(truth, conn, found)
        await _rules(truth, conn, found)
        await _tolls(truth, conn, found)
        await _datums(truth, conn, found)
        used(truth, found)
        await _metres(truth, conn, found)
        await _jumps(truth, conn, found)
        return found
    finally:
        await conn.close()
        truth.close()


async def _arrived(truth: sqlite3.Connection, conn: Conn, found: Measured) -> None:
    sent = {r["code"]: r["reports"] for r in truth.execute("SELECT code, reports FROM car")}
    stored = {r["car"]: r["fixes"] for r in await conn.fetch(SQL["stored"], sorted(sent))}
    off = sum(abs(stored.get(car, 0) - count) for car, count in sent.items())
    found.figures.append(Figure("reports lost or made up", off, 0, of=sum(sent.values())))


async def _rules(truth: sqlite3.Connection, conn: Conn, found: Measured) -> None:
    true, slight, near = _true(truth, must=True), _true(truth, must=False), _near(truth)
    said: dict[str, list[Span]] = defaultdict(list)
    names = {number: rule for rule, number in RULES.items()}
    for row in await conn.fetch(SQL["alarms"]):
        if row["rule"] != RULES["A10"] or row["red"]:
            said[names[row["rule"]]].append(_span(row))
    for row in await conn.fetch(SQL["energy"]):
        said[row["kind"]].append(_span(row))
    for rule in (*RULES, *ENERGY):
        matched = match(true[rule], said[rule], SLACK_S.get(rule, 0), slight[rule])
        found.lines.append(line(rule, matched, near[rule]))
        if rule == "refuel":
            found.figures.append(_litres(matched))


def _litres(matched: Matched) -> Figure:
    """Share by which a fill is off; a slack for small ones, where a litre is much."""
    off = [abs(t.amount - s.amount) for t, s in matched.pairs]
    share = [
        max(0.0, o - bounds.LITRES_SLACK_ML) / t.amount
        if o > t.amount * bounds.LITRES_P95
        else o / t.amount
        for o, (t, _) in zip(off, matched.pairs, strict=True)
    ]
    return Figure("litres of a fill, p95", quantile(share, 0.95), bounds.LITRES_P95, of=len(off))


async def _tolls(truth: sqlite3.Connection, conn: Conn, found: Measured) -> None:
    drove = {r["txn"]: r for r in truth.execute("SELECT * FROM passage")}
    rows = await conn.fetch(SQL["tolls"], sorted(drove))
    against = {r["txn"] for r in rows if r["contradicted"]}
    true = [Span(t, 0, 0) for t, r in drove.items() if not r["drove"]]
    near = [(Span(t, 0, 0), "its own passage") for t, r in drove.items() if r["drove"]]
    found_line = line("A21", match(true, [Span(t, 0, 0) for t in sorted(against)]), near)
    found_line.delay_s = None
    found.lines.append(found_line)
    verdicts = sorted(f"{r['txn']}: {r['verdicts']}" for r in rows if not r["known"])
    found.notes.append(f"toll receipts without a verdict: {len(drove) - len(rows) + len(verdicts)}")


async def _datums(truth: sqlite3.Connection, conn: Conn, found: Measured) -> None:
    """By car and business day: whether it was said that the positions are another datum's."""
    said = [_span(row) for row in await conn.fetch(SQL["datums"])]
    true, near = _true(truth, must=True)["datum"], _near(truth)["datum"]
    found_line = line("datum", match(true, said, slack_s=-1), near)
    found_line.delay_s = None
    found.lines.append(found_line)


async def _metres(truth: sqlite3.Connection, conn: Conn, found: Measured) -> None:
    trips = [
        Span(r["car"], r["start"], r["end"], r["metres"] if r["sound"] else -1)
        for r in truth.execute("SELECT * FROM true_trip")
    ]
    rows = await conn.fetch(SQL["journeys"])
    for name, column in (("gps", "gps_m"), ("odometer", "odometer_m")):
        said = [Span(r["car"], r["start"], r["end"], r[column] or 0) for r in rows]
        pairs = [p for p in alone(trips, said) if p[0].amount >= bounds.LEAST_TRIP_M]
        off = [abs(t.amount - s.amount) / t.amount for t, s in pairs]
        found.figures.append(
            Figure(
                f"metres of a trip, {name}, p95",
                quantile(off, 0.95),
                bounds.METRES_P95,
                of=len(off),
            )
        )
        found.notes.append(f"metres of a trip, {name}, p50: {quantile(off, 0.5)}")
    sound = sum(t.amount >= bounds.LEAST_TRIP_M for t in trips)
    found.notes.append(
        f"sound trips {sound}, matched one to one {len(pairs)}, journeys {len(rows)}"
    )


async def _jumps(truth: sqlite3.Connection, conn: Conn, found: Measured) -> None:
    """Flags are counted by journey: those of journeys with single jumps, and of sound ones."""
    faults: dict[str, list[Span]] = defaultdict(list)
    for r in truth.execute("SELECT * FROM fault WHERE kind IN ('away', 'frozen', 'coarse')"):
        faults[r["car"]].append(Span(r["car"], r["start"], r["end"]))
    jumps: dict[str, list[int]] = defaultdict(list)
    for r in truth.execute("SELECT car, at FROM jump"):
        jumps[r["car"]].append(r["at"])
    flagged = true = rejected = sound = 0
    for row in await conn.fetch(SQL["journeys"]):
        span = _span(row)
        if any(span.touches(f, 120) for f in faults[span.car]):
            continue
        inside = sum(span.start <= at <= span.end for at in jumps[span.car])
        true += inside
        flagged += min(inside, row["flagged"])
        rejected += max(0, row["flagged"] - inside)
        sound += row["fixes"]
    recall = flagged / true if true else None
    found.figures += [
        Figure("jumps found", recall, bounds.JUMP_RECALL, at_least=True, of=true),
        Figure("sound fixes rejected", rejected / max(1, sound), bounds.FALSE_REJECTS, of=sound),
    ]


def _true(truth: sqlite3.Connection, *, must: bool) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for r in truth.execute("SELECT * FROM true_case WHERE must = ?", (int(must),)):
        found[r["rule"]].append(Span(r["car"], r["start"], r["end"], r["amount"]))
    return found


def _near(truth: sqlite3.Connection) -> dict[str, list[tuple[Span, str]]]:
    found: dict[str, list[tuple[Span, str]]] = defaultdict(list)
    for r in truth.execute("SELECT * FROM near_miss"):
        found[r["rule"]].append((Span(r["car"], r["start"], r["end"]), r["what"]))
    return found


def _span(row: asyncpg.Record) -> Span:
    return Span(row["car"], row["start"], row["end"], row["amount"] or 0)
