"""What a person does to fences. Each runs in the caller's transaction, and marks every vehicle."""

from datetime import datetime
from itertools import accumulate

import asyncpg

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import FenceId
from telemetry.geofences.drafts import Draft, Problem, circle
from telemetry.geofences.errors import InvalidFence, NameTaken, StaleChange, UnknownFence
from telemetry.geofences.shapes import check, outline
from telemetry.geofences.store import SQL, to_windows


async def create(
    conn: Conn,
    draft: Draft,
    *,
    since: datetime,
    until: datetime | None = None,
    at: datetime,
    by: str,
) -> FenceId:
    """A new fence; a name that its platform's fence had only at other times is that fence again.

    Args:
        conn: in a transaction.
        draft: what it looks like.
        since: in force from then on.
        until: and no more from then on; None: for good.
        at: product time.
        by: whose doing, pseudonymous.

    Raises:
        InvalidFence, NameTaken: see each.
    """
    _refuse_invalid(draft, since, until)
    held = await conn.fetchrow(SQL["named"], draft.pool_id, draft.name, since, until)
    if held and held["holds"]:
        raise NameTaken(f"there is a fence {draft.name!r} already")
    fence_id: FenceId = held["id"] if held else await _create(conn, draft)
    await _replace(conn, fence_id, draft, (since, until), "created", at, by)
    return fence_id


async def _create(conn: Conn, draft: Draft) -> FenceId:
    try:
        async with conn.transaction():
            made: FenceId = await conn.fetchval(SQL["create"], draft.pool_id, draft.name)
            return made
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidFence([Problem("pool", f"no platform {draft.pool_id}")]) from error
    except asyncpg.UniqueViolationError as error:
        raise NameTaken(f"there is a fence {draft.name!r} already") from error


async def change(
    conn: Conn,
    fence_id: FenceId,
    draft: Draft,
    *,
    since: datetime,
    until: datetime | None = None,
    at: datetime,
    by: str,
) -> int:
    """Let a fence look like this over [since, until), whatever it looked like then.

    Returns:
        The change's id, for undo.

    Raises:
        InvalidFence, NameTaken, UnknownFence: see each.
    """
    _refuse_invalid(draft, since, until)
    held = await _hold(conn, fence_id)
    if held["pool_id"] != draft.pool_id:
        raise InvalidFence([Problem("pool", "a fence stays with its platform")])
    return await _replace(conn, fence_id, draft, (since, until), "changed", at, by)


async def end(conn: Conn, fence_id: FenceId, *, since: datetime, at: datetime, by: str) -> int:
    """Delete a fence from a time on; what it was before stays, and its visits with it.

    Returns:
        The change's id, for undo.

    Raises:
        UnknownFence: there is no such fence.
    """
    await _hold(conn, fence_id)
    return await _replace(conn, fence_id, None, (since, None), "ended", at, by)


async def undo(conn: Conn, change_id: int, *, at: datetime, by: str) -> int:
    """Let a fence be over all time what it was before a change; undoing that is a redo.

    Returns:
        The id of this change.

    Raises:
        UnknownFence: there is no such change.
        StaleChange: it was followed by another.
    """
    row = await conn.fetchrow(SQL["change_of"], change_id)
    if row is None:
        raise UnknownFence(f"no change {change_id}")
    held = await _hold(conn, row["fence_id"])
    row = await conn.fetchrow(SQL["change_of"], change_id)
    if row is None or row["stale"]:
        raise StaleChange("the fence was changed again since; undo that first")
    before = await conn.fetchval(SQL["snapshot"], held["id"])
    await conn.execute(SQL["forget"], held["id"])
    await conn.execute(SQL["restore"], row["versions_before"])
    await _rename(conn, held["id"], held["name"], row["name_before"])
    period = row["since"], row["until"]
    seen = held["name"], before, change_id
    return await _log(conn, held["id"], period, "undone", seen, at, by)


async def put(conn: Conn, draft: Draft, *, since: datetime, at: datetime, by: str) -> FenceId:
    """Create the fence of that platform and name, or let it look like this from since on.

    What it looks like already is left alone: importing a register again folds nothing anew.

    Raises:
        InvalidFence: see there.
    """
    held = await conn.fetchrow(SQL["named"], draft.pool_id, draft.name, since, None)
    if held is None:
        return await create(conn, draft, since=since, at=at, by=by)
    fence_id: FenceId = held["id"]
    if not await conn.fetchval(SQL["same"], fence_id, since, None, *_words(draft)):
        await change(conn, fence_id, draft, since=since, at=at, by=by)
    return fence_id


async def ensure_depots(conn: Conn, since: datetime, radius_m: int = 100) -> int:
    """Give each platform that has none a fence around its depot.

    Returns:
        How many were created.
    """
    missing = await conn.fetch(SQL["depots"])
    for r in missing:
        draft = circle(r["pool_id"], r["name"], "depot", r["lon"], r["lat"], radius_m)
        await create(conn, draft, since=since, at=since, by="system")
    return len(missing)


def _refuse_invalid(draft: Draft, since: datetime, until: datetime | None) -> None:
    problems = check(draft)
    if until is not None and until <= since:
        problems.append(Problem("period", "a fence ends after it begins"))
    if problems:
        raise InvalidFence(problems)


async def _hold(conn: Conn, fence_id: FenceId) -> asyncpg.Record:
    row = await conn.fetchrow(SQL["hold"], fence_id)
    if row is None:
        raise UnknownFence(f"no fence {fence_id}")
    return row


Period = tuple[datetime, datetime | None]


async def _replace(
    conn: Conn,
    fence_id: FenceId,
    draft: Draft | None,
    period: Period,
    action: str,
    at: datetime,
    by: str,
) -> int:
    held = await _hold(conn, fence_id)
    before = await conn.fetchval(SQL["snapshot"], fence_id)
    await conn.execute(SQL["cut"], fence_id, *period)
    if draft is not None:
        await _rename(conn, fence_id, held["name"], draft.name)
        await conn.execute(SQL["add"], fence_id, *period, *_words(draft), *_numbers(draft))
    return await _log(conn, fence_id, period, action, (held["name"], before, None), at, by)


async def _rename(conn: Conn, fence_id: FenceId, old: str, new: str) -> None:
    if old == new:
        return
    try:
        async with conn.transaction():
            await conn.execute(SQL["rename"], fence_id, new)
    except asyncpg.UniqueViolationError as error:
        raise NameTaken(f"there is a fence {new!r} already") from error


async def _log(
    conn: Conn,
    fence_id: FenceId,
    period: Period,
    action: str,
    seen: tuple[str, object, int | None],
    at: datetime,
    by: str,
) -> int:
    await conn.execute(SQL["mark"], *period)
    change_id: int = await conn.fetchval(SQL["log"], fence_id, at, by, action, *period, *seen)
    return change_id


def _words(draft: Draft) -> tuple[object, ...]:
    """As the columns kind, shape, radius_m, windows, limit_kmh, confirm_fixes, confirm_s."""
    drawn = draft.kind, draft.shape, draft.radius_m, to_windows(draft.windows)
    return *drawn, draft.limit_kmh, draft.confirm_fixes, draft.confirm_s


def _numbers(draft: Draft) -> tuple[object, ...]:
    """As the columns shape_code, inner_mm, lon, lat, ring_ends."""
    drawn = outline(draft.shape, draft.radius_m)
    points = [p for ring in drawn.rings for p in ring]
    lon, lat = [p[0] for p in points], [p[1] for p in points]
    ends = list(accumulate(len(ring) for ring in drawn.rings))
    return drawn.shape, drawn.inner_mm, lon, lat, ends
