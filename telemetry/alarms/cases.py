"""Cases as people see and handle them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

import asyncpg

from dispatch import access
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import NotFound, Refused
from dispatch.kernel.ids import PoolId, VehicleId
from dispatch.kernel.units import from_e7
from telemetry.alarms.model import CAUSES, Rule, Severity

SQL: Final = statements(__file__, "cases.sql")
State: TypeAlias = Literal["raised", "acknowledged", "auto_cleared", "closed", "withdrawn_by_data"]
Outcome: TypeAlias = Literal["legit", "data_error", "violation"]
_SETTLED: Final = ("closed", "withdrawn_by_data")


class UnknownCase(NotFound):
    """No such case, or it is another platform's."""

    code = "unknown-alarm-case"


class CaseSettled(Refused):
    """The case is closed, withdrawn, or was acknowledged before."""

    code = "alarm-case-settled"


@dataclass(frozen=True, slots=True)
class Case:
    """A case. peak, bound: in the rule's unit; lon, lat: degrees WGS-84 where it was raised."""

    id: int
    vehicle_id: VehicleId
    vehicle_code: str
    plate: str | None
    pool_id: PoolId | None
    rule: Rule
    state: State
    severity: Severity
    shadow: bool
    notify: bool
    opened_at: datetime
    started_at: datetime
    raised_at: datetime
    ended_at: datetime | None
    peak: int
    bound: int
    causes: tuple[str, ...]
    lon: float | None
    lat: float | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """What happened to a case; actor None: the data."""

    at: datetime
    kind: str
    actor: str | None
    detail: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Query:
    """Which cases; an empty filter says nothing.

    pools: None for all. shadow None: both kinds. since, until: whose time touches [since, until).
    open: raised or acknowledged.
    """

    pools: Collection[int] | None = None
    rules: Collection[Rule] = ()
    vehicle_id: VehicleId | None = None
    states: Collection[State] = ()
    severities: Collection[int] = ()
    shadow: bool | None = False
    since: datetime | None = None
    until: datetime | None = None
    open: bool | None = None


After: TypeAlias = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Cases, newest first; next: where the following page begins, None: there is none."""

    cases: list[Case]
    next: After | None


async def cases(conn: Conn, query: Query, *, after: After | None = None, at_most: int = 50) -> Page:
    """A page of cases."""
    rows = await conn.fetch(
        SQL["list"],
        None if query.pools is None else list(query.pools),
        list(map(int, query.rules)) or None,
        query.vehicle_id,
        list(query.states) or None,
        list(map(int, query.severities)) or None,
        query.shadow,
        query.since,
        query.until,
        query.open,
        *(after or (None, None)),
        at_most + 1,
    )
    found = [_case(r) for r in rows[:at_most]]
    more = len(rows) > at_most
    return Page(found, (found[-1].raised_at, found[-1].id) if more else None)


async def find_case(
    conn: Conn, case_id: int, pools: Collection[int] | None = None
) -> tuple[Case, list[CaseEvent]]:
    """A case and its history, oldest first.

    Raises:
        UnknownCase: see there.
    """
    case = await _one(conn, case_id, pools)
    rows = await conn.fetch(SQL["history"], case_id)
    return case, [CaseEvent(**dict(r)) for r in rows]


async def open_counts(conn: Conn, pools: Collection[int] | None = None) -> dict[int, int]:
    """How many cases are raised or acknowledged, by severity; shadow cases are left out."""
    rows = await conn.fetch(SQL["open_counts"], None if pools is None else list(pools))
    return {r["severity"]: r["n"] for r in rows}


async def acknowledge(conn: Conn, case_id: int, *, by: str, at: datetime, note: str = "") -> Case:
    """Somebody looks after it; from now on it is not cleared by itself.

    Raises:
        UnknownCase: there is none.
        CaseSettled: it is closed, withdrawn, or was acknowledged before.
    """
    await _unless(conn, case_id, (*_SETTLED, "acknowledged"))
    detail: dict[str, Json] = {"note": note}
    await conn.execute(SQL["handle"], case_id, "acknowledged", None, "acknowledged", by, at, detail)
    return await _handled(conn, case_id, "alarm.acknowledge", by, at, {})


async def close(
    conn: Conn, case_id: int, outcome: Outcome, *, by: str, at: datetime, note: str = ""
) -> Case:
    """Somebody says what it was.

    Raises:
        UnknownCase: there is none.
        CaseSettled: it is closed or withdrawn.
    """
    await _unless(conn, case_id, _SETTLED)
    detail: dict[str, Json] = {"note": note, "outcome": outcome}
    await conn.execute(SQL["handle"], case_id, "closed", outcome, "closed", by, at, detail)
    return await _handled(conn, case_id, "alarm.close", by, at, {"outcome": outcome})


async def _unless(conn: Conn, case_id: int, states: Collection[str]) -> None:
    state = await conn.fetchval(SQL["lock"], case_id)
    if state is None:
        raise UnknownCase(f"no alarm case {case_id}")
    if state in states:
        raise CaseSettled(f"case {case_id} is {state}")


async def _handled(
    conn: Conn, case_id: int, action: str, by: str, at: datetime, detail: dict[str, Json]
) -> Case:
    case = await _one(conn, case_id, None)
    what = f"alarm_case:{case_id}"
    await access.append(
        conn, at=at, actor=by, action=action, object=what, detail=detail, pool_id=case.pool_id
    )
    return case


async def _one(conn: Conn, case_id: int, pools: Collection[int] | None) -> Case:
    row = await conn.fetchrow(SQL["one"], case_id, None if pools is None else list(pools))
    if row is None:
        raise UnknownCase(f"no alarm case {case_id}")
    return _case(row)


def _case(r: asyncpg.Record) -> Case:
    rule = Rule(r["rule"])
    placed = r["lon"] != 0 or r["lat"] != 0
    as_stored = {name: r[name] for name in _AS_STORED}
    return Case(
        rule=rule,
        severity=Severity(r["severity"]),
        causes=tuple(name for bit, name in CAUSES[rule].items() if r["cause"] & bit),
        lon=from_e7(r["lon"]) if placed else None,
        lat=from_e7(r["lat"]) if placed else None,
        **as_stored,
    )


_AS_STORED = (
    *("id", "vehicle_id", "vehicle_code", "plate", "pool_id", "state", "shadow", "notify"),
    *("opened_at", "started_at", "raised_at", "ended_at", "peak", "bound", "outcome"),
)
