"""Fixes into journeys: one pass in event order, the same however it is cut into pieces.

A vehicle rests or drives. It leaves with two fixes in a row that show movement (a speed of
5 km/h, or a displacement beyond what drift explains) and that lie away from where it stood; it
rests again after standing for 180 s, or after a silence. While it stands, the anchor from which
distance is measured stays, so that jitter adds nothing.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

import numpy as np

from telemetry.journeys.model import NONE, SECOND_US, Driven, Rules, State
from telemetry.journeys.plausible import UNUSABLE, Flag, judge
from telemetry.journeys.under_way import Open, driven, note, resume
from telemetry.streams import Fixes, Integers, Phase, step_mm

_DEFAULT_ACCURACY_DM = 150
_UNUSABLE, _MOVED = int(UNUSABLE), int(Flag.MOVED)


@dataclass(frozen=True, slots=True)
class Folded:
    """What a batch of fixes added.

    stops: states just after the fixes (counted from 1) at which a stop was settled.
    flags, moved_mm, driven_m, phase: of each fix, as in streams.Piece.
    """

    state: State
    ended: list[Driven]
    stops: list[tuple[int, State]]
    flags: Integers
    moved_mm: Integers
    driven_m: Integers
    phase: Integers


def fold(state: State, fixes: Fixes, rules: Rules) -> Folded:
    """Advance the state by fixes that are younger than all it has seen.

    Folding two batches one after the other is folding them as one. What depends on the time
    that passes in silence is not here but in outlook.
    """
    if not len(fixes):
        none = np.zeros(0, np.int64)
        return Folded(state, [], [], none, none, none, none)
    flags, doubt = judge(fixes, state, rules)
    run = _Run(state, rules)
    stops = []
    for i, row in enumerate(_rows(fixes, flags), start=1):
        settled = run.take(*row)
        run.added.append((run.moved_mm, run.driven_m, run.phase()))
        if settled:
            stops.append((i, run.state(())))  # settled by a usable fix: no doubt is left
    added = np.array(run.added, np.int64).T
    return Folded(run.state(doubt), run.ended, stops, flags, *added)


def _rows(fixes: Fixes, flags: Integers) -> Iterable[tuple[int, ...]]:
    columns = [getattr(fixes, f.name).tolist() for f in fields(fixes)]
    return zip(*columns, flags.tolist(), strict=True)


class _Run:
    """One pass: opened with a state, given fixes one by one, read as a state again."""

    __slots__ = (
        "added",
        "anchor_lat",
        "anchor_lon",
        "device",
        "driven_m",
        "ended",
        "heard",
        "ignition",
        "ignition_t",
        "lat",
        "lon",
        "moved_mm",
        "moving",
        "odometer",
        "odometer_t",
        "open",
        "rest",
        "rules",
        "t",
    )

    def __init__(self, state: State, rules: Rules) -> None:
        for name in _CARRIED:
            setattr(self, name, getattr(state, name))
        self.open = Open(*state.open) if state.open else None
        self.rules = rules
        self.ended: list[Driven] = []
        self.added: list[tuple[int, int, int]] = []
        self.moved_mm, self.driven_m = 0, NONE

    heard: int
    t: int
    lon: int
    lat: int
    anchor_lon: int
    anchor_lat: int
    rest: int
    moving: int
    device: int
    odometer: int
    odometer_t: int
    ignition: int
    ignition_t: int

    def state(self, doubt: tuple[int, ...]) -> State:
        """What was taken so far, as a value."""
        carried = {name: getattr(self, name) for name in _CARRIED}
        return State(**carried, open=astuple(self.open) if self.open else (), doubt=doubt)

    def phase(self) -> int:
        """Where the journey is now."""
        if not (self.open and self.open.confirmed):
            return Phase.AT_REST
        return Phase.HALTED if self.open.stop else Phase.DRIVING

    def take(
        self,
        t: int,
        lon: int,
        lat: int,
        speed: int,
        accuracy: int,
        odometer: int,
        ignition: int,
        device: int,
        conflicts: int,
        *rest: int,
    ) -> bool:
        """Take the next fix; whether it settled a stop."""
        flag = rest[-1]
        self.heard, self.moved_mm, self.driven_m = t, 0, NONE
        added_m = NONE if odometer < 0 else self._odometer(t, odometer, device)
        if ignition >= 0 and ignition != self.ignition:
            self.ignition, self.ignition_t = ignition, t
        if flag & _UNUSABLE:
            if self.open:
                note(self.open, added_m, conflicts, 1)
            return False
        if t - self.t > self.rules.gap_s * SECOND_US:
            self._after_silence(t, lon, lat)
            added_m = NONE
        elif flag & _MOVED:
            self._relocate(t, lon, lat)
        if accuracy < 0:
            accuracy = _DEFAULT_ACCURACY_DM
        known = self.open
        if known:
            note(known, added_m, conflicts, flag > 0)
        settled = False
        if known and known.confirmed:
            settled = self._drive(t, lon, lat, speed, accuracy, known)
        else:
            self._rest(t, lon, lat, speed, accuracy)
        if self.open and not known:
            note(self.open, added_m, conflicts, flag > 0)
        self.t, self.lon, self.lat = t, lon, lat
        return settled

    def _odometer(self, t: int, metres: int, device: int) -> int:
        """Metres since this device's last reading; NONE where that is not plausible."""
        added = metres - self.odometer
        same = device == self.device and self.odometer >= 0
        allowed_m = self.rules.jump_slack_m * 10 + (t - self.odometer_t) * self.rules.jump_kmh // (
            3600 * 1000
        )
        self.device, self.odometer, self.odometer_t = device, metres, t
        if not same or added < 0 or added > allowed_m:
            return NONE
        self.driven_m = added
        return added

    def _after_silence(self, t: int, lon: int, lat: int) -> None:
        if self.open and self.open.confirmed:
            self._end(self.open)
        self._drop()
        away = step_mm(self.anchor_lon, self.anchor_lat, lon, lat) > self.rules.drift_m * 1000
        if not self.t or away:
            self.anchor_lon, self.anchor_lat, self.rest = lon, lat, t

    def _relocate(self, t: int, lon: int, lat: int) -> None:
        if not (self.open and self.open.confirmed):
            self._drop()
            self.rest = t
        self.anchor_lon, self.anchor_lat = lon, lat

    def _drop(self) -> None:
        """It was no journey: it still stands where it stood."""
        if self.open:
            self.anchor_lon, self.anchor_lat = self.open.start_lon, self.open.start_lat
            self.open = None

    def _rest(self, t: int, lon: int, lat: int, speed: int, accuracy: int) -> None:
        rules, journey = self.rules, self.open
        if journey:
            away = step_mm(journey.start_lon, journey.start_lat, lon, lat)
        else:
            away = step_mm(self.anchor_lon, self.anchor_lat, lon, lat)
        far = max((rules.far_m if speed < 0 else rules.drift_m) * 1000, 3 * accuracy * 100)
        if speed < rules.moving_dkmh and away <= far:
            self._drop()
            return
        if not journey:
            journey = self.open = Open(t, self.anchor_lon, self.anchor_lat)
        self._advance(t, lon, lat, speed, journey)
        if journey.fixes >= 2 and away > max(rules.leave_m * 1000, 2 * accuracy * 100):
            journey.confirmed = 1
            # what no longer matters is forgotten: equal futures must have equal digests
            self.moving, self.rest = journey.started, 0

    def _drive(self, t: int, lon: int, lat: int, speed: int, accuracy: int, journey: Open) -> bool:
        rules = self.rules
        away = step_mm(self.anchor_lon, self.anchor_lat, lon, lat)
        if speed >= rules.moving_dkmh or away > max(rules.still_m * 1000, 2 * accuracy * 100):
            if journey.stop:
                resume(journey, t, rules)
                self.moving = t
            self._advance(t, lon, lat, speed, journey)
        elif not journey.stop:
            self._advance(t, lon, lat, speed, journey)
            journey.stop = t
        elif t - journey.stop >= rules.stop_s * SECOND_US:
            self._end(journey)
            return True
        return False

    def _end(self, journey: Open) -> None:
        self.rest = journey.stop or self.t
        self.ended.append(driven(journey, self.rest, self.rest, self.anchor_lon, self.anchor_lat))
        self.open, self.moving = None, 0

    def _advance(self, t: int, lon: int, lat: int, speed: int, journey: Open) -> None:
        mm = step_mm(self.anchor_lon, self.anchor_lat, lon, lat)
        journey.mm += mm
        if speed > journey.max_dkmh:
            journey.max_dkmh = speed
        self.moved_mm = mm
        self.anchor_lon, self.anchor_lat = lon, lat


_CARRIED = tuple(f.name for f in fields(State) if f.name not in ("open", "doubt"))
