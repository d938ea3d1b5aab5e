"""What a demo must show: figures of the database beside the truth, and what falls short."""

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.kernel import db
from dispatch.kernel.db import Conn

SQL = db.statements(__file__, "report.sql")

FIXES_WANTED = 50_000
ORDERS_WANTED = 40
RENTALS_WANTED = 1
RECEIPTS_WANTED = 30
MATCHED_WANTED = 0.9
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from publishing a position to seeing it on a socket."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a demo, by the names that its file has.

    Money is in fen. plan_bound_fen is None where the plan proves no bound.
    """

    ready_s: float
    history_s: float
    fixes_acked: int
    fixes_committed: int
    acked_missing: int
    publish_to_socket_ms: Latency | None
    requests: int
    orders_completed: int
    rentals: int
    unassigned: int
    plan_cost_fen: int | None
    bound_kind: str | None
    plan_bound_fen: int | None
    receipts: int
    receipts_matched: int
    trips: int
    ledger_fen: int
    truth_ledger_fen: int

    def shortfalls(self) -> list[str]:
        """Every condition that does not hold, in words; none: the demo holds."""
        judged = {
            f"fixes_acked >= {FIXES_WANTED}": self.fixes_acked >= FIXES_WANTED,
            "fixes_committed >= fixes_acked": self.fixes_committed >= self.fixes_acked,
            "acked_missing = 0": self.acked_missing == 0,
            "publish_to_socket_ms was measured": self.publish_to_socket_ms is not None,
            f"orders_completed >= {ORDERS_WANTED}": self.orders_completed >= ORDERS_WANTED,
            f"rentals >= {RENTALS_WANTED}": self.rentals >= RENTALS_WANTED,
            "a plan was made": self.plan_cost_fen is not None,
            f"receipts >= {RECEIPTS_WANTED}": self.receipts >= RECEIPTS_WANTED,
            f"receipts_matched >= {MATCHED_WANTED:.0%}": self.receipts_matched
            >= MATCHED_WANTED * self.receipts,
            "trips > 0": self.trips > 0,
            "ledger_fen = truth_ledger_fen": self.ledger_fen == self.truth_ledger_fen,
            "ledger_fen is not zero": self.ledger_fen != 0,
        }
        return [words for words, holds in judged.items() if not holds]

    def as_dict(self) -> dict[str, object]:
        """As it stands in the file: all figures, then what falls short."""
        return asdict(self) | {"shortfalls": self.shortfalls()}


async def figures(
    conn: Conn, truth: Path, *, ready_s: float, history_s: float, latency: Latency | None
) -> Report:
    """Read the figures of the database and of the truth beside it.

    Args:
        conn: any connection.
        truth: the simulated city's SQLite file.
        ready_s: wall seconds from the start to all roles working.
        history_s: wall seconds that the days of history took.
        latency: as the city measured it on a socket of its own.
    """
    counted = dict(await conn.fetchrow(SQL["figures"]) or {})
    plan = dict(
        await conn.fetchrow(SQL["last_plan"])
        or dict.fromkeys(("plan_cost_fen", "bound_kind", "plan_bound_fen"))
    )
    with sqlite3.connect(f"file:{truth}?mode=ro", uri=True) as beside:
        acked = beside.execute("SELECT count(*) FROM acked").fetchone()[0]
        truth_fen = beside.execute("SELECT coalesce(sum(amount_fen), 0) FROM receipt").fetchone()[0]
        missing = await _missing(conn, beside)
    beside.close()
    return Report(
        ready_s=round(ready_s, 2),
        history_s=round(history_s, 2),
        fixes_acked=acked,
        acked_missing=missing,
        publish_to_socket_ms=latency,
        truth_ledger_fen=truth_fen,
        **counted,
        **plan,
    )


async def _missing(conn: Conn, beside: sqlite3.Connection) -> int:
    async with conn.transaction():
        await conn.execute(SQL["claim_table"])
        await conn.copy_records_to_table("claimed", records=_claims(beside))
        await conn.execute("ANALYZE claimed")
        missing: int = await conn.fetchval(SQL["missing"])
        await conn.execute("DROP TABLE claimed")
    return missing


def _claims(beside: sqlite3.Connection) -> Iterator[tuple[str, datetime, int, int]]:
    for device, ts_us, lon, lat in beside.execute("SELECT device, ts, lon, lat FROM acked"):
        yield device, EPOCH + timedelta(microseconds=ts_us), lon, lat


async def waiting(conn: Conn) -> int:
    """How much is stored that is not yet understood, matched or posted."""
    left: int = await conn.fetchval(SQL["waiting"])
    return left
