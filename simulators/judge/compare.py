"""One comparison after the other; each returns every difference in words."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from dispatch.kernel.db import Conn, statements
from simulators.judge.moved import drives, fittings, lost_taps
from simulators.judge.shared import rides
from simulators.judge.verdict import EPOCH, Verdict, near

SQL = statements(__file__)
FILE = "truth.sqlite"


async def judge(folder: Path, dsn: str) -> Verdict:
    """Compare everything.

    Args:
        folder: with the truth of a run.
        dsn: of the database that the run filled.

    Raises:
        FileNotFoundError: the folder holds no truth.
    """
    verdict = Verdict()
    truth = _open(folder)
    conn = await asyncpg.connect(dsn)
    try:
        await _fixes(truth, conn, verdict)
        await _refused(truth, conn, verdict)
        await _receipts(truth, conn, verdict)
        await _costs(truth, conn, verdict)
        await _trips(truth, conn, verdict)
        await _check_ins(truth, conn, verdict)
        await rides(truth, conn, verdict)
        await fittings(truth, conn, verdict)
        await drives(truth, conn, verdict)
    finally:
        await conn.close()
        truth.close()
    return verdict


def _open(folder: Path) -> sqlite3.Connection:
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path}: no truth of a run here")
    truth = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    truth.row_factory = sqlite3.Row
    return truth


def _all_acknowledged(truth: sqlite3.Connection) -> bool:
    """Whether the run ended with nothing under way; else some fixes may be stored unanswered."""
    row = truth.execute("SELECT value FROM meta WHERE key = 'settled'").fetchone()
    return row is not None and row["value"] == "1"


async def _fixes(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    await conn.execute(SQL["claim_table"])
    rows = truth.execute("SELECT device, ts, lon, lat FROM acked")
    claims: Iterator[tuple[str, datetime, int, int]] = (
        (device, EPOCH + timedelta(microseconds=ts), lon, lat) for device, ts, lon, lat in rows
    )
    await conn.copy_records_to_table("claimed", records=claims)
    await conn.execute("ANALYZE claimed")
    devices = [r["device"] for r in truth.execute("SELECT device FROM car")]
    count = truth.execute("SELECT count(*) FROM acked").fetchone()[0]
    missing = await conn.fetch(SQL["missing_fixes"])
    verdict.add("fixes acknowledged", count, [f"missing: {_fix(row)}" for row in missing])
    doubles = await conn.fetch(SQL["double_fixes"], devices)
    verdict.add(
        "fixes stored once", count,
        [f"{r['times']} rows for {r['device']} at {r['ts'].isoformat()}" for r in doubles],
    )  # fmt: skip
    if _all_acknowledged(truth):
        extra = await conn.fetch(SQL["unclaimed_fixes"], devices)
        verdict.add("fixes known", count, [f"nobody sent: {_fix(row)}" for row in extra])
    await conn.execute(SQL["drop_claims"])


async def _refused(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    """Fixes of years ago and of tomorrow are in quarantine, neither stored nor thrown away."""
    claimed = {(r["device"], r["ts"]) for r in truth.execute("SELECT device, ts FROM refused")}
    held = {
        (row["device"], round(datetime.fromisoformat(said["ts"]).timestamp() * 1e6))
        for row in await conn.fetch(SQL["put_aside"])
        for said in _messages(row["payload"])
    }
    lost = sorted(claimed - held)
    verdict.add(
        "fixes of a false clock put aside", len(claimed),
        [f"missing: {device} {EPOCH + timedelta(microseconds=ts)}" for device, ts in lost],
    )  # fmt: skip


def _messages(payload: bytes) -> list[dict[str, str]]:
    said = json.loads(payload)
    return said if isinstance(said, list) else [said]


def _fix(row: asyncpg.Record) -> str:
    return f"{row['device']} {row['ts'].isoformat()} {row['lon']} {row['lat']}"


async def _receipts(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    sent = {_key(r): r for r in truth.execute("SELECT * FROM receipt")}
    stored = {_key(r): r for r in await conn.fetch(SQL["receipts"])}
    found = [f"missing: {key}" for key in sorted(set(sent) - set(stored))]
    found += [f"nobody sent: {key}" for key in sorted(set(stored) - set(sent))]
    for key in sorted(set(sent) & set(stored)):
        for name in ("amount_fen", "quantity", "car"):
            if sent[key][name] != stored[key][name]:
                found.append(f"{key}: {name} is {stored[key][name]}, truly {sent[key][name]}")
    matched = sum(r["status"] == "matched" for r in stored.values())
    verdict.notes.append(f"receipts matched to a trip: {matched} of {len(stored)}")
    verdict.add("receipts", len(sent), found)


def _key(row: asyncpg.Record | sqlite3.Row) -> tuple[str, str, str, int]:
    return row["issuer"], row["txn"], row["kind"], row["line"]


async def _costs(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    true: dict[tuple[str, str], int] = defaultdict(int)
    for r in truth.execute("SELECT car, kind, amount_fen FROM receipt"):
        true[r["car"], r["kind"]] += r["amount_fen"]
    books = {(r["car"] or "nobody", r["kind"]): r["fen"] for r in await conn.fetch(SQL["costs"])}
    found = [
        f"{car} {kind}: the books say {books.get((car, kind), 0)} fen, "
        f"truly {true.get((car, kind), 0)}"
        for car, kind in sorted(set(true) | set(books))
        if books.get((car, kind), 0) != true.get((car, kind), 0)
    ]
    verdict.notes.append(f"ledger {sum(books.values())} fen, truth {sum(true.values())} fen")
    verdict.add("costs by car and kind", len(true), found)


async def _trips(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    true = {r["order_no"]: r for r in truth.execute("SELECT * FROM trip")}
    rows = await conn.fetch(SQL["trips"], sorted(true))
    known = {r["order_no"]: r for r in rows}
    found = [f"{no}: no such order" for no in sorted(set(true) - set(known))]
    errors = []
    lost, set_back = lost_taps(truth), _under_a_false_clock(truth)
    for no in sorted(set(true) & set(known)):
        if no in lost:
            found.extend(f"{no}: {words}" for words in _untold(lost[no], known[no]))
            continue
        words = [f"{no}: {words}" for words in _trip(true[no], known[no])]
        if no in set_back:
            verdict.notes += [f"under a clock that was set back: {one}" for one in words]
        else:
            found += words
        if known[no]["declared_m"] is not None:
            errors.append(known[no]["declared_m"] - true[no]["metres"])
    if errors:
        ordered = sorted(map(abs, errors))
        verdict.notes.append(
            f"trip metres off truth: median {ordered[len(ordered) // 2]}, "
            f"p95 {ordered[int(len(ordered) * 0.95)]}, most {ordered[-1]}, "
            f"together {sum(errors)} of {sum(r['metres'] for r in true.values())}"
        )
    verdict.notes.append(f"trips of which a tap was lost with its phone: {len(lost)}")
    verdict.add("trips", len(true), found)


def _under_a_false_clock(truth: sqlite3.Connection) -> set[str]:
    """Trips of a car whose terminal claimed, for minutes, to be hours earlier: nobody can tell."""
    rows = truth.execute(
        "SELECT t.order_no FROM trip t JOIN mishap m ON m.car = t.car AND m.kind = 'clock-leap' "
        "WHERE m.amount < 0 AND m.start + m.amount < t.returned_at AND m.end > t.departed_at"
    )
    return {r["order_no"] for r in rows}


def _untold(lost: set[str], known: asyncpg.Record) -> Iterator[str]:
    """A trip without its beginning or its end is not complete, and nobody makes it up."""
    if known["state"] == "completed":
        yield f"completed, although {' and '.join(sorted(lost))} died with a phone"
    if "return" in lost and known["declared_m"] is not None:
        yield "a trip, although its return was lost"


def _trip(true: sqlite3.Row, known: asyncpg.Record) -> Iterator[str]:
    if known["declared_m"] is None:
        yield f"driven, but no trip (order is {known['state']})"
        return
    for name in ("car", "driver"):
        if known[name] != true[name]:
            yield f"{name} is {known[name]}, truly {true[name]}"
    if not near(known["declared_m"], true["metres"]):
        yield f"{known['declared_m']} m, truly {true['metres']} m"


async def _check_ins(truth: sqlite3.Connection, conn: Conn, verdict: Verdict) -> None:
    said = {r["client_key"]: r for r in truth.execute("SELECT * FROM tap WHERE accepted = 1")}
    rows = await conn.fetch(SQL["check_ins"], sorted(said))
    stored = {r["client_key"]: r for r in rows}
    found = [
        f"missing: {said[key]['order_no']} {said[key]['kind']}" for key in said.keys() - stored
    ]
    if len(rows) != len(stored):
        found.append(f"{len(rows) - len(stored)} check-ins are stored twice")
    same: dict[str, Callable[[asyncpg.Record], object]] = {
        "kind": lambda row: row["kind"],
        "order_no": lambda row: row["order_no"],
        "odometer_m": lambda row: row["odometer_m"],
        "at": lambda row: int(row["taken_at"].timestamp()),
    }
    for key in sorted(stored):
        found.extend(
            f"{said[key]['order_no']} {said[key]['kind']}: {name} is {read(stored[key])}, "
            f"truly {said[key][name]}"
            for name, read in same.items()
            if read(stored[key]) != said[key][name]
        )
    verdict.add("check-ins", len(said), sorted(found))
