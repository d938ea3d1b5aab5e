"""Checks of passages and places of tolls in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn, Lock, statements
from dispatch.kernel.ids import DeviceId, ReceiptId, VehicleId
from dispatch.kernel.units import to_e7
from telemetry import parking
from telemetry.passages.model import Check, Claim, Side, TollCheck, TollPlace, Verdict
from telemetry.streams import from_us, to_us

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Mark:
    """What must be checked: a receipt, or what a terminal saw."""

    id: int
    receipt_id: ReceiptId | None
    device_id: DeviceId | None
    seen_at: datetime | None
    seen_digest: int | None

    @property
    def subject(self) -> parking.Subject:
        """By which it is parked, as the statement `marks` has it."""
        if self.receipt_id is not None:
            return {"receipt": self.receipt_id}
        return {"device": self.device_id or 0, "digest": self.seen_digest or 0}


@dataclass(frozen=True, slots=True)
class Passage:
    """A claim with whose it is.

    ready: whatever changes around it now leaves a mark. final: the fixes on which its verdict
    rests are kept no more, so it stands.
    """

    receipt_id: ReceiptId | None
    device_id: DeviceId | None
    seen_at: datetime | None
    seen_digest: int | None
    side: Side
    vehicle_id: VehicleId | None
    at: datetime
    place: str | None
    claim: Claim
    ready: bool
    final: bool


async def only_one(conn: Conn) -> bool:
    """Whether nobody else checks until the transaction ends."""
    ours: bool = await conn.fetchval(SQL["only_one"], int(Lock.TOLLS))
    return ours


async def marks(conn: Conn, ids: Sequence[int] | None = None) -> list[Mark]:
    """What must be checked, oldest first; some hundreds at a time, or of these only."""
    return [Mark(**dict(row)) for row in await conn.fetch(SQL["marks"], ids)]


async def claims(conn: Conn, marked: Sequence[Mark]) -> list[Passage]:
    """The passages that marks name."""
    receipts = sorted({m.receipt_id for m in marked if m.receipt_id is not None})
    seen = list({(m.device_id, m.seen_at, m.seen_digest) for m in marked if m.device_id})
    columns = [[one[i] for one in seen] for i in range(3)]
    rows = await conn.fetch(SQL["claims"], receipts, *columns)
    return [
        Passage(**{k: r[k] for k in _AS_STORED}, claim=Claim(to_us(r["at"]), r["lon"], r["lat"]))
        for r in rows
    ]


_AS_STORED = (
    *("receipt_id", "device_id", "seen_at", "seen_digest", "side", "vehicle_id", "at", "place"),
    *("ready", "final"),
)


async def announce(conn: Conn, passages: Sequence[Passage]) -> None:
    """Let it be seen that these are checked; in a transaction before any fix is read."""
    of_receipts = [
        (p.receipt_id, p.side, p.vehicle_id, p.at, p.place)
        for p in passages
        if p.receipt_id is not None
    ]
    of_gantries = [
        (p.device_id, p.seen_at, p.seen_digest, p.side, p.vehicle_id, p.at, p.place)
        for p in passages
        if p.receipt_id is None
    ]
    if of_receipts:
        await conn.execute(SQL["announce_receipts"], *map(list, zip(*of_receipts, strict=True)))
    if of_gantries:
        await conn.execute(SQL["announce_gantries"], *map(list, zip(*of_gantries, strict=True)))


async def stamp(conn: Conn) -> None:
    """Note which transactions may not have seen what was announced."""
    await conn.execute(SQL["stamp"])


async def put(conn: Conn, checked: Sequence[tuple[Passage, Check]]) -> None:
    """Write what was found, over what was found before."""
    of_receipts = [(p.receipt_id, *_columns(p, c)) for p, c in checked if p.receipt_id is not None]
    of_gantries = [
        (p.device_id, p.seen_at, p.seen_digest, *_columns(p, c))
        for p, c in checked
        if p.receipt_id is None
    ]
    for name, rows in (("put_receipt_checks", of_receipts), ("put_gantry_checks", of_gantries)):
        if rows:
            await conn.execute(SQL[name], *map(list, zip(*rows, strict=True)))


def _columns(p: Passage, c: Check) -> tuple[object, ...]:
    times = [None if t is None else from_us(t) for t in (c.near_at, c.before_at, c.after_at)]
    return (
        *(p.side, p.vehicle_id, p.at, p.place, c.verdict, c.distance_m, times[0]),
        *(c.lon, c.lat, times[1], times[2], c.fixes),
    )


async def delete_marks(conn: Conn, marked: Sequence[Mark]) -> None:
    """Exactly those that were read; what went well is parked no more."""
    await conn.execute(SQL["delete_marks"], [m.id for m in marked])
    await parking.release(conn, "passages", [m.subject for m in marked])


async def between(
    conn: Conn,
    lo: datetime,
    hi: datetime,
    *,
    vehicle_id: VehicleId | None = None,
    verdict: Verdict | None = None,
    at_most: int = 500,
    skip: int = 0,
) -> list[TollCheck]:
    """Checks of passages in [lo, hi), oldest first; of all vehicles and verdicts, or one."""
    rows = await conn.fetch(SQL["between"], vehicle_id, lo, hi, verdict, at_most, skip)
    return [TollCheck(**dict(row)) for row in rows]


async def paid(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime
) -> list[tuple[datetime, datetime]]:
    """When tolls that were paid were driven: entry and exit, touching [lo, hi)."""
    rows = await conn.fetch(SQL["paid"], vehicle_id, lo, hi)
    return [(r["entry_at"], r["at"]) for r in rows]


async def places(conn: Conn) -> list[TollPlace]:
    """All stations and gantries, by name."""
    return [TollPlace(**dict(row)) for row in await conn.fetch(SQL["places"])]


async def put_places(conn: Conn, found: Sequence[TollPlace]) -> int:
    """Add or move places; the passages there are checked again. Returns: how many differ."""
    once = {p.name: p for p in found}
    rows = [(p.name, p.kind, to_e7(p.lon), to_e7(p.lat)) for p in once.values()]
    if not rows:
        return 0
    done: str = await conn.execute(SQL["put_places"], *map(list, zip(*rows, strict=True)))
    return int(done.rsplit(" ", 1)[-1])
