"""What one socket may see, what it looks at, and the next frame it is owed."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dispatch.access import Principal, Role
from web.live.fleet import Car, Fleet, coarse
from web.live.frames import AT_MOST, Duty, Kind, Motion, pack

WATCH = (Role.DISPATCHER, Role.CITY_DISPATCHER, Role.FLEET_MANAGER, Role.SUPERVISOR)
"""Roles that see vehicles: exactly on their platforms, coarsely elsewhere (shared capacity)."""

LISTEN = (*WATCH, Role.ACCOUNTANT, Role.AUTHORITY_REVIEWER, Role.COMPETENT_ADMIN)
"""Roles that hear events of their platforms."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Platforms seen exactly, platforms heard of, and whether any vehicle is seen at all."""

    exact: frozenset[int]
    heard: frozenset[int]
    watches: bool

    @classmethod
    def of(cls, who: Principal) -> "Viewer":
        """What a principal's grants of this moment allow."""
        exact = frozenset[int](who.pools(*WATCH))
        return cls(exact, frozenset[int](who.pools(*LISTEN)), bool(exact))

    @property
    def admitted(self) -> bool:
        """Whether there is anything for this viewer."""
        return bool(self.heard)

    def hears(self, pool_id: int | None) -> bool:
        """Whether an event of a platform is this viewer's; one of no platform is everyone's."""
        return pool_id is None or pool_id in self.heard


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: west, south, east, north; platforms; names of motions and duties."""

    bbox: tuple[float, float, float, float] | None = None
    pools: frozenset[int] | None = None
    states: frozenset[str] | None = None
    hz: float = 2.0
    paused: bool = False


class Sight:
    """What one socket holds: each slot's change that was sent last, -1 where none is held."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.view = View()
        self._sent = np.full(0, -1, dtype=np.int64)
        self._anew = True

    def look(self, view: View) -> None:
        """Look elsewhere: the next frame is a keyframe, unless only pace or pause changed."""
        old, self.view = self.view, view
        if (old.bbox, old.pools, old.states) != (view.bbox, view.pools, view.states):
            self._anew = True

    def judge(self, viewer: Viewer) -> None:
        """Take other grants: the next frame is a keyframe."""
        self.viewer = viewer
        self._anew = True

    def named(self, fleet: Fleet, since: int) -> list[Car]:
        """Vehicles named or renamed after a tick that this viewer may know of."""
        if not self.viewer.watches or fleet.last_named <= since:
            return []
        return [car for i, car in fleet.cars.items() if fleet.named_at[i] > since]

    def next_frame(self, fleet: Fleet, now: datetime) -> bytes | None:
        """What has changed since the last frame, conflated; None where nothing has."""
        if missing := fleet.size - len(self._sent):
            self._sent = np.concatenate([self._sent, np.full(missing, -1, dtype=np.int64)])
        exact = np.isin(fleet.columns.pool, list(self.viewer.exact))
        seen = self._seen(fleet, exact)
        if self._anew:
            self._anew = False
            self._sent[:] = -1
            return self._send(Kind.KEYFRAME, fleet, seen, exact, now)
        if (gone := (self._sent >= 0) & ~seen).any():
            return self._send(Kind.LEAVE, fleet, gone, exact, now)
        if (dirty := seen & (self._sent != fleet.columns.changed)).any():
            return self._send(Kind.DELTA, fleet, dirty, exact, now)
        return None

    def _send(
        self,
        kind: Kind,
        fleet: Fleet,
        which: NDArray[np.bool_],
        exact: NDArray[np.bool_],
        now: datetime,
    ) -> bytes:
        slots = np.flatnonzero(which)[:AT_MOST]
        self._sent[slots] = -1 if kind is Kind.LEAVE else fleet.columns.changed[slots]
        records = fleet.records(slots, exact, now)
        if kind is Kind.LEAVE:
            for name in ("lon", "lat", "heading", "state", "kmh", "age"):
                records[name] = 0
        return pack(kind, fleet.tick, records)

    def _seen(self, fleet: Fleet, exact: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Slots in view; how narrow it is tells no more than a foreign car's coarse position."""
        c, view = fleet.columns, self.view
        seen = c.placed.copy() if self.viewer.watches else np.zeros_like(c.placed)
        if view.bbox is not None:
            west, south, east, north = (round(degrees * 1e7) for degrees in view.bbox)
            lon = np.where(exact, c.lon, coarse(c.lon))
            lat = np.where(exact, c.lat, coarse(c.lat))
            seen &= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if view.pools is not None:
            seen &= np.isin(c.pool, list(view.pools))
        if view.states is not None:
            seen &= _in_states(c.motion, c.duty, view.states)
        return seen


def _in_states(
    motion: NDArray[np.uint8], duty: NDArray[np.uint8], states: frozenset[str]
) -> NDArray[np.bool_]:
    motions = [m for m in Motion if m.name.lower() in states]
    duties = [d for d in Duty if d.name.lower() in states]
    fits = np.ones(len(motion), dtype=np.bool_)
    if motions:
        fits &= np.isin(motion, motions)
    if duties:
        fits &= np.isin(duty, duties)
    return fits if motions or duties else np.zeros(len(motion), dtype=np.bool_)
