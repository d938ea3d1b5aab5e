"""What truly happened in a measuring run, in one SQLite file that is written before it begins."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from simulators.measure.oracle import used_by
from simulators.measure.passages import Passage
from simulators.measure.story import Story

FILE = "measure.sqlite"

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE car (code TEXT PRIMARY KEY, device TEXT NOT NULL, reports INTEGER NOT NULL,
    fuel_ml REAL, electricity_wh REAL) WITHOUT ROWID;
CREATE TABLE answer (car TEXT NOT NULL, medium TEXT NOT NULL, used INTEGER, error INTEGER NOT NULL,
    why TEXT NOT NULL, PRIMARY KEY (car, medium)) WITHOUT ROWID;
CREATE TABLE true_case (car TEXT NOT NULL, rule TEXT NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, amount REAL NOT NULL, must INTEGER NOT NULL);
CREATE TABLE near_miss (car TEXT NOT NULL, rule TEXT NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, what TEXT NOT NULL);
CREATE TABLE true_trip (car TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    metres REAL NOT NULL, sound INTEGER NOT NULL);
CREATE TABLE passage (txn TEXT PRIMARY KEY, car TEXT NOT NULL, at INTEGER NOT NULL,
    drove INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE jump (car TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE fault (car TEXT NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL);
"""


def write(folder: Path, stories: Iterable[Story], facts: Mapping[str, object]) -> None:
    """Put the whole truth on file.

    Args:
        folder: made if absent.
        stories: of all cars.
        facts: about the run, such as its seed.

    Raises:
        FileExistsError: the folder already holds the truth of another run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if path.exists():
        raise FileExistsError(f"{path} holds the truth of another run; name another --out")
    db = sqlite3.connect(path)
    try:
        db.executescript(_TABLES)
        db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, str(v)) for k, v in facts.items()])
        for story in stories:
            _car(db, story)
        db.commit()
    finally:
        db.close()


def note(folder: Path, **facts: object) -> None:
    """Keep what became known about the run while it ran."""
    db = sqlite3.connect(folder / FILE)
    try:
        rows = [(k, str(v)) for k, v in facts.items()]
        db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)
        db.commit()
    finally:
        db.close()


def answered(folder: Path, rows: Iterable[tuple[str, str, int | None, int, str]]) -> None:
    """Keep what the system said of consumption: car, medium, used, error, why not known."""
    db = sqlite3.connect(folder / FILE)
    try:
        db.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", rows)
        db.commit()
    finally:
        db.close()


def txn(car: str, passage: Passage) -> str:
    """The transaction under which a passage is booked."""
    return f"T{passage.entry_at}-{passage.exit_at}-{car}"


def _car(db: sqlite3.Connection, story: Story) -> None:
    script, made = story.script, story.made
    code = script.player.code
    used = used_by(script, story.true)
    db.execute(
        "INSERT INTO car VALUES (?, ?, ?, ?, ?)",
        (code, script.player.device, len(made.ts), used.fuel_ml, used.electricity_wh),
    )
    db.executemany(
        "INSERT INTO true_case VALUES (?, ?, ?, ?, ?, ?)",
        [(code, c.rule, c.start, c.end, c.amount, int(c.must)) for c in story.cases],
    )
    db.executemany(
        "INSERT INTO near_miss VALUES (?, ?, ?, ?, ?)",
        [(code, n.rule, n.start, n.end, n.what) for n in script.notes if not n.true],
    )
    db.executemany(
        "INSERT INTO true_trip VALUES (?, ?, ?, ?, ?)",
        [(code, t.start, t.end, t.metres, int(t.sound)) for t in story.trips],
    )
    db.executemany(
        "INSERT INTO passage VALUES (?, ?, ?, ?)",
        [(txn(code, p), code, p.exit_at, int(p.real)) for p in story.passages],
    )
    db.executemany(
        "INSERT INTO jump VALUES (?, ?)", [(code, int(at)) for at in made.ts[made.jumped]]
    )
    db.executemany(
        "INSERT INTO fault VALUES (?, ?, ?, ?)",
        [(code, f.kind, f.start, f.end) for f in script.faults],
    )
