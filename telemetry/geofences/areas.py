"""The fences of all times, ready for the kernel."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from telemetry.geofences.borders import COLUMNS, covers
from telemetry.geofences.drafts import Window
from telemetry.geofences.shapes import Outline, pairs
from telemetry.geofences.windows import Works, in_force, joined, next_change
from telemetry.streams import END, Integers

_CHUNK = 16


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence as it is over [lo, hi), microseconds; of one id they never overlap.

    confirm_fixes, confirm_s: 0 and -1 for the rules' own. limit_kmh: of speed zones, else 0.
    """

    id: int
    lo: int
    hi: int
    outline: Outline
    windows: tuple[Window, ...] = ()
    confirm_fixes: int = 0
    confirm_s: int = -1
    kind: str = "custom"
    limit_kmh: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The fences over [lo, hi), during which none begins or ends: a row of `areas` each, by id."""

    lo: int
    hi: int
    ids: tuple[int, ...]
    areas: Integers
    chunks: Integers
    edges: Integers
    row: Mapping[int, int]


class Fences:
    """All fences, and the calendar their windows ask; a value."""

    def __init__(
        self,
        fences: Iterable[Fence] = (),
        works: Works | None = None,
        *,
        confirm_fixes: int = 2,
        confirm_s: int = 20,
    ) -> None:
        self.all = tuple(sorted(fences, key=lambda f: (f.id, f.lo)))
        self.works: Mapping[date, bool] = works or {}
        self.confirm = confirm_fixes, confirm_s
        self._tables: dict[int, Table] = {}

    @cached_property
    def _of(self) -> Mapping[int, list[Fence]]:
        of: dict[int, list[Fence]] = {}
        for fence in self.all:
            of.setdefault(fence.id, []).append(fence)
        return of

    @cached_property
    def _cuts(self) -> list[int]:
        return [0, *sorted({t for f in self.all for t in (f.lo, f.hi) if 0 < t < END}), END]

    def at(self, t: int) -> Table:
        """What is in force at a time."""
        i = bisect_right(self._cuts, t, hi=len(self._cuts) - 1) - 1
        if i not in self._tables:
            self._tables[i] = self._table(self._cuts[i], self._cuts[i + 1])
        return self._tables[i]

    def ends(self, fence_id: int, since: int) -> int:
        """When a fence that is in force at `since` is no more, whatever it looks like till then."""
        end = since
        for fence in self._of.get(fence_id, []):
            if fence.lo <= end < fence.hi:
                end = fence.hi
        return end

    def has_windows(self, fence_id: int) -> bool:
        """Whether it ever has."""
        return fence_id in self._windowed

    @cached_property
    def _windowed(self) -> frozenset[int]:
        return frozenset(f.id for f in self.all if f.windows)

    def counts(self, fence_id: int, lo: int, hi: int) -> list[tuple[int, int]]:
        """The stretches of [lo, hi) in which a fence counts: in force, and in a window."""
        return joined(
            stretch
            for f in self._of.get(fence_id, [])
            for stretch in (
                in_force(f.windows, self.works, max(lo, f.lo), min(hi, f.hi))
                if f.windows
                else [(max(lo, f.lo), min(hi, f.hi))]
            )
        )

    def next_change(self, fence_id: int, at: int) -> int | None:
        """The first later time at which a fence may begin or cease to count; None: never soon."""
        found: list[int] = []
        for fence in self._of.get(fence_id, []):
            found += [t for t in (fence.lo, fence.hi) if at < t < END]
            if fence.windows and fence.lo <= at < fence.hi:
                window = next_change(fence.windows, self.works, at)
                found += [] if window is None else [window]
        return min(found, default=None)

    def covered(self, kind: str, t: Integers, lon: Integers, lat: Integers) -> Integers:
        """(n,) 1 where a position, 1e-7 degrees at its time, lies in a fence of a kind that counts.

        No hysteresis and no confirmation: for those who judge a fix by where it says it is.
        """
        inside = np.zeros(len(t), np.int64)
        at = 0
        while at < len(t) and kind in self._kinds:
            table = self.at(int(t[at]))
            upto = max(at + 1, int(t.searchsorted(table.hi)))
            for row, fence_id in enumerate(table.ids):
                if self._kind_at(fence_id, table.lo) == kind:
                    areas = table.areas[row : row + 1], table.chunks, table.edges
                    held = covers(*areas, lon[at:upto], lat[at:upto])
                    inside[at:upto] |= held & self.counted(fence_id, t[at:upto])
            at = upto
        return inside

    @cached_property
    def slowest_kmh(self) -> int:
        """The least limit of a speed zone of any time; 0: there is none."""
        return min((f.limit_kmh for f in self.all if f.limit_kmh), default=0)

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(f.kind for f in self.all)

    def _kind_at(self, fence_id: int, t: int) -> str:
        return next((f.kind for f in self._of[fence_id] if f.lo <= t < f.hi), "")

    def counted(self, fence_id: int, t: Integers) -> Integers:
        """(n,) 1 at the times, ascending, at which a fence is in force and in a window."""
        counted = np.ones(len(t), np.int64)
        if self.has_windows(fence_id):
            counted[:] = 0
            for lo, hi in self.counts(fence_id, int(t[0]), int(t[-1]) + 1):
                counted[t.searchsorted(lo) : t.searchsorted(hi)] = 1
        return counted

    def _table(self, lo: int, hi: int) -> Table:
        here = [f for f in self.all if f.lo <= lo < f.hi]
        areas = np.zeros((len(here), COLUMNS), np.int64)
        edges: list[tuple[int, int, int, int]] = []
        chunks: list[tuple[int, ...]] = []
        for row, fence in zip(areas, here, strict=True):
            first = len(chunks)
            for ring in fence.outline.rings:
                mine = list(pairs([ring]))
                for at in range(0, len(mine), _CHUNK):
                    part = mine[at : at + _CHUNK]
                    chunks.append((*_box(part), len(edges), len(edges) + len(part)))
                    edges += part
            row[:] = self._row(fence, first, len(chunks))
        return Table(
            lo,
            hi,
            tuple(f.id for f in here),
            areas,
            np.array(chunks, np.int64).reshape(-1, 6),
            np.array(edges, np.int64).reshape(-1, 4),
            {f.id: i for i, f in enumerate(here)},
        )

    def _row(self, fence: Fence, first: int, last: int) -> list[int]:
        outline = fence.outline
        lon = [p[0] for ring in outline.rings for p in ring]
        lat = [p[1] for ring in outline.rings for p in ring]
        fixes = fence.confirm_fixes or self.confirm[0]
        seconds = self.confirm[1] if fence.confirm_s < 0 else fence.confirm_s
        # the first version begins the fence; a later one takes over from it
        begins = min(f.lo for f in self._of[fence.id] if self.ends(fence.id, f.lo) > fence.lo)
        box = min(lon), min(lat), max(lon), max(lat)
        blur = outline.inner_mm // 2
        confirm = fixes, seconds * 1_000_000
        drawn = outline.shape, *box, outline.radius_mm, blur, first, last
        return [*drawn, *confirm, begins, fence.limit_kmh]


def _box(part: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    lon = [x for e in part for x in (e[0], e[2])]
    lat = [y for e in part for y in (e[1], e[3])]
    return min(lon), min(lat), max(lon), max(lat)
