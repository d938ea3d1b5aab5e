"""Fences over HTTP: drawn, changed from a stated time on, undone, imported and exported."""

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from dispatch.access import Principal, Role
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import NotAllowed, NotFound
from dispatch.kernel.ids import FenceId, PoolId
from telemetry import geofences
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.fence_shapes import (
    ChangeOut,
    DetailOut,
    DraftIn,
    FenceIn,
    FenceOut,
    ImportedOut,
    InsideOut,
    ProblemOut,
    imported_out,
)
from web.api.shapes import Page

router = APIRouter(prefix="/api/v1", tags=["fences"])

KEEPERS = (Role.FLEET_MANAGER, Role.COMPETENT_ADMIN)
READERS = (*KEEPERS, Role.DISPATCHER, Role.CITY_DISPATCHER, Role.SUPERVISOR)
Datum = Literal["wgs84", "gcj02", "bd09"]


class MadeOut(BaseModel):
    """A new fence."""

    id: int


class ChangedOut(BaseModel):
    """The change, for undo."""

    change_id: int


class EndIn(BaseModel):
    """From when on a fence is no more; null: from now."""

    since: AwareDatetime | None = None


class ImportIn(BaseModel):
    """A GeoJSON FeatureCollection as text, and how it is to be read."""

    text: str = Field(max_length=12_000_000)
    datum: Datum
    pool_id: int
    kind: geofences.Kind = "custom"
    since: AwareDatetime | None = None
    dry_run: bool = True


@router.get("/fences", dependencies=[requires(*READERS)])
async def fences(
    conn: Reading, who: Caller, now: Now, *, ended: bool = False, pool_id: int | None = None
) -> Page[FenceOut]:
    """Fences of the caller's platforms as they are now; ended: those that are no more, too."""
    own = who.pools(*READERS)
    wanted = sorted(own if pool_id is None else own & {pool_id})
    found = await geofences.lines(conn, now, wanted, ended=ended)
    return Page(items=[FenceOut.of(line) for line in found])


@router.get("/fences/export", dependencies=[requires(*READERS)])
async def export(conn: Reading, who: Caller, now: Now, datum: Datum = "wgs84") -> Response:
    """The caller's fences as a GeoJSON file in a datum."""
    found = await geofences.lines(conn, now, sorted(who.pools(*READERS)))
    name = f"fences-{now:%Y%m%d}-{datum}.geojson"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    content = geofences.export_geojson(found, datum)
    return JSONResponse(content, media_type="application/geo+json", headers=headers)


@router.post("/fences/check", dependencies=[requires(*KEEPERS)])
async def check(body: DraftIn) -> list[ProblemOut]:
    """What is wrong with a draft, and where; nothing: it can be saved."""
    found = geofences.check(body.draft())
    return [ProblemOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/fences/import", dependencies=[requires(*KEEPERS)])
async def import_file(
    body: ImportIn, conn: Transaction, who: Caller, now: Now
) -> list[ImportedOut]:
    """Make fences of a file's features, each for itself; a dry run keeps none."""
    _must_keep(who, body.pool_id)
    features = geofences.read_geojson(body.text, body.datum)
    rows = await geofences.import_features(
        conn,
        features,
        PoolId(body.pool_id),
        body.kind,
        since=body.since or now,
        at=now,
        by=_by(who),
        dry_run=body.dry_run,
    )
    return imported_out(features, rows)


@router.get("/fences/{fence_id}", dependencies=[requires(*READERS)])
async def fence(fence_id: int, conn: Reading, who: Caller, now: Now) -> DetailOut:
    """One fence, who of the caller's vehicles is inside, and what was done to it."""
    line = await seen(conn, who, now, FenceId(fence_id))
    own = who.pools(*READERS)
    inside = await geofences.inside_now(conn, line.id)
    mine = [one for one in inside if one.pool_id in own]
    return DetailOut(
        fence=FenceOut.of(line),
        inside=[InsideOut.model_validate(one, from_attributes=True) for one in mine],
        others=len(inside) - len(mine),
        changes=[
            ChangeOut.model_validate(one, from_attributes=True)
            for one in await geofences.changes(conn, line.id)
        ],
    )


@router.post("/fences", status_code=201, dependencies=[requires(*KEEPERS)])
async def create(body: FenceIn, conn: Transaction, who: Caller, now: Now) -> MadeOut:
    """A new fence, from a stated time on."""
    _must_keep(who, body.pool_id)
    made = await geofences.create(
        conn, body.draft(), since=body.since or now, until=body.until, at=now, by=_by(who)
    )
    return MadeOut(id=made)


@router.put("/fences/{fence_id}", dependencies=[requires(*KEEPERS)])
async def change(
    fence_id: int, body: FenceIn, conn: Transaction, who: Caller, now: Now
) -> ChangedOut:
    """Let a fence look like this from a stated time on; in the past: history is corrected."""
    line = await seen(conn, who, now, FenceId(fence_id))
    _must_keep(who, line.pool_id)
    done = await geofences.change(
        conn, line.id, body.draft(), since=body.since or now, until=body.until, at=now, by=_by(who)
    )
    return ChangedOut(change_id=done)


@router.post("/fences/{fence_id}/end", dependencies=[requires(*KEEPERS)])
async def end(fence_id: int, body: EndIn, conn: Transaction, who: Caller, now: Now) -> ChangedOut:
    """Let a fence be no more from a time on; its history stays."""
    line = await seen(conn, who, now, FenceId(fence_id))
    _must_keep(who, line.pool_id)
    done = await geofences.end(conn, line.id, since=body.since or now, at=now, by=_by(who))
    return ChangedOut(change_id=done)


@router.post("/fences/{fence_id}/changes/{change_id}/undo", dependencies=[requires(*KEEPERS)])
async def undo(
    fence_id: int, change_id: int, conn: Transaction, who: Caller, now: Now
) -> ChangedOut:
    """All as before that change; undoing the undoing is a redo."""
    line = await seen(conn, who, now, FenceId(fence_id))
    _must_keep(who, line.pool_id)
    if all(one.id != change_id for one in await geofences.changes(conn, line.id)):
        raise NotFound(f"no change {change_id} of this fence")
    return ChangedOut(change_id=await geofences.undo(conn, change_id, at=now, by=_by(who)))


async def seen(conn: Conn, who: Principal, now: Now, fence_id: FenceId) -> geofences.FenceLine:
    """A fence of the caller's platforms as it is now.

    Raises:
        UnknownFence: they have no such fence.
    """
    line = await geofences.find(conn, fence_id, now)
    if line.pool_id not in who.pools(*READERS):
        raise geofences.UnknownFence(f"no fence {fence_id}")
    return line


def _must_keep(who: Principal, pool_id: int) -> None:
    if not who.may(*KEEPERS, pool_id=pool_id):
        raise NotAllowed("this platform's fences are not yours to change")


def _by(who: Principal) -> str:
    return f"person:{who.person_id}"
