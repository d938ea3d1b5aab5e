"""Costs, trips and receipts: what was driven, what it cost, month by month."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from dispatch import accounting, reports, trips
from dispatch.access import Principal
from dispatch.kernel.calendar import day_bounds
from dispatch.kernel.errors import Invalid, NotAllowed
from web.api.deps import Caller, Now, Reading, Transaction, requires

router = APIRouter(prefix="/api/v1", tags=["books"])

BOOKS = ("accountant", "fleet_manager", "supervisor", "competent_admin")
TRIPS = (*BOOKS, "dispatcher", "city_dispatcher")

PoolFilter = Annotated[int | None, Query(description="one platform; else all that you may see")]
Month = Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-03"])]


class ColumnOut(BaseModel):
    """One column of the sheet."""

    key: str
    zh: str
    en: str
    kind: str


class SheetOut(BaseModel):
    """The sheet: rows with their figures, and the same as cells in the order of the columns."""

    month: str
    period_states: dict[int, str]
    columns: list[ColumnOut]
    rows: list[dict[str, Any]]
    cells: list[list[str | int | float | None]]
    totals: list[str | int | float | None]

    @classmethod
    def of(cls, sheet: accounting.Sheet) -> "SheetOut":
        """Encode a sheet."""
        return cls(
            month=f"{sheet.month:%Y-%m}",
            period_states=sheet.period_states,
            columns=[ColumnOut(key=c.key, zh=c.zh, en=c.en, kind=c.kind) for c in reports.COLUMNS],
            rows=[asdict(row) for row in sheet.rows],
            cells=[reports.cells(row) for row in sheet.rows],
            totals=reports.totals(sheet),
        )


class Items(BaseModel):
    """A list."""

    items: list[dict[str, Any]]
    next: str | None = None


def _pools(who: Principal, roles: tuple[str, ...], pool_id: int | None) -> list[int]:
    """The platforms that the caller may see with one of the roles, narrowed to one if asked."""
    held = who.pools(*roles)
    if pool_id is None:
        return sorted(held)
    if pool_id not in held:
        raise NotAllowed("this platform's books are not yours to read")
    return [pool_id]


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Invalid("a month is written 2026-03") from error


@router.get("/cost-sheets", dependencies=[requires(*BOOKS)])
async def cost_sheets(
    conn: Reading, who: Caller, month: Month, pool_id: PoolFilter = None
) -> SheetOut:
    """The monthly per-vehicle sheet (单车核算表)."""
    return SheetOut.of(await accounting.sheet(conn, _month(month), _pools(who, BOOKS, pool_id)))


@router.get("/cost-sheets.xlsx", dependencies=[requires(*BOOKS)])
async def cost_sheets_xlsx(
    conn: Reading, who: Caller, month: Month, pool_id: PoolFilter = None
) -> Response:
    """The sheet as a workbook."""
    sheet = await accounting.sheet(conn, _month(month), _pools(who, BOOKS, pool_id))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(reports.as_xlsx(sheet), kind, f"cost-sheet-{month}.xlsx")


@router.get("/cost-sheets.csv", dependencies=[requires(*BOOKS)])
async def cost_sheets_csv(
    conn: Reading, who: Caller, month: Month, pool_id: PoolFilter = None
) -> Response:
    """The sheet as CSV."""
    sheet = await accounting.sheet(conn, _month(month), _pools(who, BOOKS, pool_id))
    return _file(reports.as_csv(sheet), "text/csv; charset=utf-8", f"cost-sheet-{month}.csv")


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


@router.get("/cost-sheets/{vehicle_id}/lines", dependencies=[requires(*BOOKS)])
async def cost_lines(conn: Reading, who: Caller, vehicle_id: int, month: Month) -> Items:
    """Every posting of a vehicle's month with the record it came from."""
    lines = await accounting.source_lines(conn, vehicle_id, _month(month), _pools(who, BOOKS, None))
    return Items(items=[asdict(line) for line in lines])


@router.get("/trips", dependencies=[requires(*TRIPS)])
async def trips_of_day(conn: Reading, who: Caller, day: date, pool_id: PoolFilter = None) -> Items:
    """Trips that ended on a business day, of platforms that paid or lent."""
    start, end = day_bounds(day)
    found = await trips.on_day(conn, start, end, _pools(who, TRIPS, pool_id))
    return Items(items=[asdict(trip) for trip in found])


@router.get("/receipts", dependencies=[requires(*BOOKS)])
async def receipts(
    conn: Reading,
    who: Caller,
    status: Annotated[str | None, Query(pattern="^(matched|no_trip|unknown_vehicle)$")] = None,
) -> Items:
    """The latest receipts and the trips they belong to.

    One whose vehicle nobody knows is shown only to those who see all platforms.
    """
    pools = _pools(who, BOOKS, None)
    everywhere = set(pools) == set(who.all_pools)
    found = await accounting.receipts(conn, status, None if everywhere else pools)
    return Items(items=[asdict(line) for line in found])


class PeriodOut(BaseModel):
    """A month of one platform's book."""

    pool_id: int
    month: str
    state: str


@router.post("/periods/{pool_id}/{month}/close", dependencies=[requires("accountant")])
async def close_period(conn: Transaction, who: Caller, pool_id: int, month: str) -> PeriodOut:
    """Close a month; what comes later is posted to the open one."""
    _pools(who, ("accountant",), pool_id)
    await accounting.close(conn, pool_id, _month(month))
    return PeriodOut(pool_id=pool_id, month=month, state="closed")


@router.post("/periods/{pool_id}/{month}/publish", dependencies=[requires("accountant")])
async def publish_period(
    conn: Transaction, who: Caller, now: Now, pool_id: int, month: str
) -> PeriodOut:
    """Publish a closed month (公示)."""
    _pools(who, ("accountant",), pool_id)
    await accounting.publish(conn, pool_id, _month(month), now)
    return PeriodOut(pool_id=pool_id, month=month, state="published")
