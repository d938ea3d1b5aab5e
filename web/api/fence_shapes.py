"""What fences look like over HTTP."""

from collections.abc import Sequence
from datetime import time
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from dispatch.kernel.ids import PoolId
from telemetry import geofences

MOST = 2_147_483_647


class HoursIn(BaseModel):
    """A weekly window in Asia/Shanghai: days 1 Monday to 7; both times equal: all day."""

    days: list[int] = Field(max_length=7)
    on: Literal["any", "workdays", "days_off"]
    starts: time = Field(alias="from")
    ends: time = Field(alias="to")


class DraftIn(BaseModel):
    """A fence as a person draws it: shape is a GeoJSON geometry, WGS-84."""

    pool_id: int
    name: str = Field(max_length=200)
    kind: geofences.Kind
    shape: dict[str, JsonValue]
    radius_m: int | None = Field(None, le=MOST)
    windows: list[HoursIn] = Field(default_factory=list, max_length=100)
    limit_kmh: int | None = Field(None, le=MOST)
    confirm_fixes: int | None = Field(None, le=MOST)
    confirm_s: int | None = Field(None, le=MOST)

    def draft(self) -> geofences.Draft:
        """As the room takes it."""
        return geofences.Draft(
            PoolId(self.pool_id),
            self.name,
            self.kind,
            self.shape,
            self.radius_m,
            tuple(geofences.Window(tuple(w.days), w.on, w.starts, w.ends) for w in self.windows),
            self.limit_kmh,
            self.confirm_fixes,
            self.confirm_s,
        )


class FenceIn(DraftIn):
    """A draft, and over which time it holds; since null: from now on."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class FenceOut(BaseModel):
    """A fence as it is now; inside: how many vehicles are."""

    id: int
    pool_id: int
    name: str
    kind: geofences.Kind
    shape: object
    radius_m: int | None
    windows: list[dict[str, object]]
    limit_kmh: int | None
    confirm_fixes: int | None
    confirm_s: int | None
    since: AwareDatetime
    until: AwareDatetime | None
    in_force: bool
    inside: int

    @classmethod
    def of(cls, line: geofences.FenceLine) -> Self:
        """From the room's line."""
        hours = [
            {"days": list(w.days), "on": w.on, "from": f"{w.starts:%H:%M}", "to": f"{w.ends:%H:%M}"}
            for w in line.windows
        ]
        named = {name: getattr(line, name) for name in cls.model_fields if name != "windows"}
        return cls(windows=hours, **named)


class ProblemOut(BaseModel):
    """What is wrong, and where, if it is somewhere (degrees WGS-84)."""

    code: str
    message: str
    lon: float | None
    lat: float | None


class InsideOut(BaseModel):
    """A vehicle that is inside."""

    vehicle_id: int
    code: str
    plate: str | None
    pool_id: int
    since: AwareDatetime


class ChangeOut(BaseModel):
    """What was done to a fence; undone_by: the change that undid it."""

    id: int
    at: AwareDatetime
    by: str
    action: str
    since: AwareDatetime
    undone_by: int | None


class DetailOut(BaseModel):
    """One fence; others: how many vehicles of other platforms are inside, which stay unnamed."""

    fence: FenceOut
    inside: list[InsideOut]
    others: int
    changes: list[ChangeOut]


class ImportedOut(BaseModel):
    """What became, or would become, of a feature: new or refused."""

    index: int
    name: str
    outcome: str
    problems: list[ProblemOut]
    shape: object | None
    radius_m: int | None


def imported_out(
    features: Sequence[geofences.Feature], rows: Sequence[geofences.Imported]
) -> list[ImportedOut]:
    """Each feature with its shape, converted to WGS-84, and what became of it."""
    return [
        ImportedOut(
            index=row.index,
            name=row.name,
            outcome="refused" if row.problems else "new",
            problems=[ProblemOut.model_validate(p, from_attributes=True) for p in row.problems],
            shape=None if feature.draft is None else feature.draft.shape,
            radius_m=None if feature.draft is None else feature.draft.radius_m,
        )
        for feature, row in zip(features, rows, strict=True)
    ]
