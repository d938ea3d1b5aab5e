"""What truly happened, and what the system acknowledged: one SQLite file beside.

Everything is appended. A key counts as acknowledged only after it is on file here, so
nothing that this file promises can be missing from what the judge asks for.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from dispatch.kernel.units import to_e7
from simulators.pump import Slip
from simulators.terminal import Mishap
from simulators.trip import Driven, Tap

FILE = "truth.sqlite"

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE car (code TEXT PRIMARY KEY, plate TEXT NOT NULL, device TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE acked (device TEXT NOT NULL, ts INTEGER NOT NULL, lon INTEGER NOT NULL,
    lat INTEGER NOT NULL, PRIMARY KEY (device, ts, lon, lat)) WITHOUT ROWID;
CREATE TABLE refused (device TEXT NOT NULL, ts INTEGER NOT NULL, PRIMARY KEY (device, ts))
    WITHOUT ROWID;
CREATE TABLE mishap (car TEXT NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, amount INTEGER NOT NULL);
CREATE TABLE receipt (issuer TEXT NOT NULL, txn TEXT NOT NULL, kind TEXT NOT NULL,
    line INTEGER NOT NULL, amount_fen INTEGER NOT NULL, quantity INTEGER, car TEXT NOT NULL,
    at INTEGER NOT NULL, reverses TEXT, sent_at INTEGER NOT NULL, copies INTEGER NOT NULL,
    PRIMARY KEY (issuer, txn, kind, line)) WITHOUT ROWID;
CREATE TABLE trip (order_no TEXT PRIMARY KEY, order_id INTEGER NOT NULL, car TEXT NOT NULL,
    driver TEXT NOT NULL, departed_at INTEGER NOT NULL, returned_at INTEGER NOT NULL,
    metres INTEGER NOT NULL, empty_m INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rider (trip_no TEXT NOT NULL, order_no TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE private_use (car TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    metres INTEGER NOT NULL, PRIMARY KEY (car, start)) WITHOUT ROWID;
CREATE TABLE tap (order_no TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
    odometer_m INTEGER, client_key TEXT PRIMARY KEY, accepted INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE lost_tap (order_no TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE fitted (device TEXT NOT NULL, car TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (device, since)) WITHOUT ROWID;
"""


class Truth:
    """The file of one run, opened for appending.

    Args:
        folder: made if absent; a truth that is there already is refused.

    Raises:
        FileExistsError: the folder already holds the truth of another run.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        if path.exists():
            raise FileExistsError(f"{path} holds the truth of another run; name another --out")
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _TABLES)
        self.acked = 0

    def close(self) -> None:
        """Close the file; what was appended is in it."""
        self._db.close()

    def note(self, **facts: object) -> None:
        """Keep facts about the run, such as its seed."""
        self._many(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", ((k, str(v)) for k, v in facts.items())
        )

    def cars(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Keep code, plate and device of each car."""
        self._many("INSERT INTO car VALUES (?, ?, ?)", rows)

    def acknowledged(self, keys: Iterable[tuple[str, int, int, int]]) -> None:
        """Keep (device, microseconds since 1970, lon and lat in 1e-7 degrees) of fixes."""
        before = self._db.total_changes
        self._many("INSERT OR IGNORE INTO acked VALUES (?, ?, ?, ?)", keys)
        self.acked += self._db.total_changes - before

    def refused(self, keys: Iterable[tuple[str, int, int, int]]) -> None:
        """Keep fixes of a time that the system must put aside; acknowledged all the same."""
        self._many("INSERT OR IGNORE INTO refused VALUES (?, ?)", ((k[0], k[1]) for k in keys))

    def mishaps(self, rows: Iterable[tuple[str, Mishap]]) -> None:
        """Keep what goes wrong with a car or its terminal."""
        self._many(
            "INSERT INTO mishap VALUES (?, ?, ?, ?, ?)",
            ((car, m.kind, m.start, m.end, m.amount) for car, m in rows),
        )

    def sent(self, slips: Iterable[Slip]) -> None:
        """Keep receipts that were acknowledged; each counts once, however often it was sent."""
        self._many(
            "INSERT OR IGNORE INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    s.issuer, s.receipt.txn, s.receipt.kind, s.receipt.line, s.receipt.amount_fen,
                    s.receipt.quantity_ml or s.receipt.quantity_wh, s.car,
                    int(s.receipt.at.timestamp()), s.receipt.reverses_txn, s.send_at, s.copies,
                )
                for s in slips
            ),
        )  # fmt: skip

    def driven(self, trips: Iterable[Driven]) -> None:
        """Keep trips that ended, and who rode on those that were shared."""
        trips = list(trips)
        self._many(
            "INSERT INTO rider VALUES (?, ?)",
            ((t.order.order_no, r.order_no) for t in trips for r in t.order.riders),
        )
        self._many(
            "INSERT INTO trip VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (t.order.order_no, t.order.id, t.order.car, t.order.driver, t.departed_at,
                 t.returned_at, t.metres, t.empty_m)
                for t in trips
            ),
        )  # fmt: skip

    def privately(self, rows: Iterable[tuple[str, int, int, int]]) -> None:
        """Keep drives without an order: car, start, end, metres."""
        self._many("INSERT INTO private_use VALUES (?, ?, ?, ?)", rows)

    def tapped(self, tap: Tap, key: str, *, accepted: bool) -> None:
        """Keep a check-in that the system answered."""
        self._many(
            "INSERT OR REPLACE INTO tap VALUES (?, ?, ?, ?, ?, ?)",
            [(tap.order.order_no, tap.kind, tap.at, tap.odometer_m, key, int(accepted))],
        )

    def lost(self, tap: Tap) -> None:
        """Keep a check-in that died with its phone."""
        row = tap.order.order_no, tap.kind, tap.at
        self._many("INSERT INTO lost_tap VALUES (?, ?, ?)", [row])

    def fitted(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Keep which terminal is in which car since when: device, car, seconds since 1970."""
        self._many("INSERT INTO fitted VALUES (?, ?, ?)", rows)

    def ledger_fen(self) -> int:
        """What all receipts sent so far cost together, reversals taken off."""
        return self._one("SELECT coalesce(sum(amount_fen), 0) FROM receipt")

    def counts(self) -> Mapping[str, int]:
        """How much there is of each."""
        return {
            "receipts": self._one("SELECT count(*) FROM receipt"),
            "trips": self._one("SELECT count(*) FROM trip"),
            "metres": self._one("SELECT coalesce(sum(metres), 0) FROM trip"),
            "private_uses": self._one("SELECT count(*) FROM private_use"),
        }

    def _one(self, query: str) -> int:
        value: int = self._db.execute(query).fetchone()[0]
        return value

    def _many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(statement, rows)
        self._db.execute("COMMIT")


def fix_key(device: str, ts: int, lon: float, lat: float) -> tuple[str, int, int, int]:
    """What identifies a fix: who, microseconds, and where in 1e-7 degrees."""
    return device, ts * 1_000_000, to_e7(lon), to_e7(lat)
