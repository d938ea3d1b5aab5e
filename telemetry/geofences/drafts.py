"""A fence as a person draws it, and what can be wrong with it."""

from dataclasses import dataclass
from datetime import time
from typing import Final, Literal, TypeAlias, get_args

from dispatch.kernel.ids import PoolId

GeoJson: TypeAlias = "dict[str, GeoJson] | list[GeoJson] | str | float | int | bool | None"
Kind: TypeAlias = Literal["depot", "city", "blind", "sensitive", "speed", "site", "custom"]
Days: TypeAlias = Literal["any", "workdays", "days_off"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

NAME_AT_MOST: Final = 80
CONFIRM_FIXES: Final = (1, 20)
CONFIRM_S: Final = (0, 3_600)
LIMIT_KMH: Final = (5, 200)
WINDOWS_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a week in Asia/Shanghai; one that ends before it begins ends the next day.

    days: on which it begins, 1 Monday to 7 Sunday. on: and only if the calendar says so.
    """

    days: tuple[int, ...]
    on: Days
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Draft:
    """A fence: its outline as a GeoJSON geometry, WGS-84; radius_m of a circle or a corridor.

    confirm_fixes, confirm_s: None for the defaults. limit_kmh: of speed zones.
    """

    pool_id: PoolId
    name: str
    kind: Kind
    shape: GeoJson
    radius_m: int | None = None
    windows: tuple[Window, ...] = ()
    limit_kmh: int | None = None
    confirm_fixes: int | None = None
    confirm_s: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, with a stable code; and where, if it is somewhere (degrees WGS-84)."""

    code: str
    message: str
    lon: float | None = None
    lat: float | None = None


def circle(pool_id: PoolId, name: str, kind: Kind, lon: float, lat: float, radius_m: int) -> Draft:
    """The simplest fence; degrees WGS-84."""
    return Draft(pool_id, name, kind, {"type": "Point", "coordinates": [lon, lat]}, radius_m)


def words(draft: Draft) -> list[Problem]:
    """What is wrong with everything but the outline."""
    found = []
    if not draft.name.strip() or len(draft.name) > NAME_AT_MOST:
        found.append(Problem("name", f"a name has 1 to {NAME_AT_MOST} characters"))
    if draft.kind not in KINDS:
        found.append(Problem("kind", f"a kind is one of {', '.join(KINDS)}"))
    if (draft.limit_kmh is not None) != (draft.kind == "speed"):
        found.append(Problem("limit", "a speed zone, and nothing else, has a limit"))
    for name, value, (least, most) in (
        ("limit_kmh", draft.limit_kmh, LIMIT_KMH),
        ("confirm_fixes", draft.confirm_fixes, CONFIRM_FIXES),
        ("confirm_s", draft.confirm_s, CONFIRM_S),
    ):
        if value is not None and not least <= value <= most:
            found.append(Problem(name, f"{name} is {least} to {most}"))
    if len(draft.windows) > WINDOWS_AT_MOST:
        found.append(Problem("windows", f"at most {WINDOWS_AT_MOST} windows"))
    if any(not _is_window(w) for w in draft.windows):
        found.append(Problem("windows", "a window has days 1 to 7, each once, and whole minutes"))
    return found


def _is_window(window: Window) -> bool:
    days = set(window.days)
    whole = all(not t.second and not t.microsecond for t in (window.starts, window.ends))
    known = window.on in get_args(Days) and days <= set(range(1, 8))
    return bool(days) and len(days) == len(window.days) and known and whole
