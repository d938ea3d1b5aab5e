"""Messages of one vehicle through the stream of alarms: what is said of them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from telemetry import journeys
from telemetry.alarms import Alarms, Rule, context
from telemetry.alarms.kernel import run
from telemetry.streams import NO_SIGNALS, UNPLACED, Fixes, Piece, Signal, Signals
from tests.tracks import LAT, LON, MM_PER_E7, T0, Point, S, fixes

PLAIN = Alarms(run.plain)
BASIC = context()


@dataclass(frozen=True)
class Said:
    """A signal of terminal 1."""

    t: int
    kind: Signal
    device: int = 1


def at(seconds):
    return T0 + round(seconds * S)


def east(metres):
    return round(metres * 1000 / MM_PER_E7 / np.cos(np.radians(LAT / 1e7)))


def north(metres):
    return round(metres * 1000 / MM_PER_E7)


class Car:
    """A car that is driven along and reports; seconds, km/h, metres."""

    def __init__(self, every_s=10, kmh=0, ignition=1, odometer=100_000, lat=LAT, lon=LON):
        self.points, self.s, self.m, self.kmh = [], 0.0, 0.0, kmh
        self.every_s, self.ignition, self.odometer = every_s, ignition, odometer
        self.lon, self.lat = lon, lat
        self.report()

    def report(self, **changes):
        at_m = round(self.m)
        p = Point(
            at(self.s),
            self.lon,
            self.lat + north(self.m),
            round(self.kmh * 10),
            50,
            self.odometer + at_m,
            self.ignition,
        )
        self.points.append(p.but(**changes))
        return self

    def go(self, seconds, kmh, every_s=None, silent=False, **changes):
        """Drive evenly; a fix every so often and at the end."""
        end, self.kmh = self.s + seconds, kmh
        while self.s < end - 1e-6:
            step = end - self.s if silent else min(every_s or self.every_s, end - self.s)
            self.s += step
            self.m += kmh / 3.6 * step
            if not silent:
                self.report(**changes)
        return self

    def stand(self, seconds, every_s=60, ignition=1, **changes):
        self.ignition = ignition
        return self.go(seconds, 0, every_s, **changes)

    def park(self, seconds, every_s=300, **changes):
        return self.stand(seconds, every_s, 0, **changes)

    def quiet(self, seconds, kmh=0):
        """No message, not even at the end."""
        self.go(seconds, kmh, silent=True)
        return self


def signals(said) -> Signals:
    rows = sorted((x.t, int(x.kind), x.device) for x in said)
    if not rows:
        return NO_SIGNALS
    t, kind, device = np.array(rows, np.int64).T
    none = np.full(len(t), -1, np.int64)
    nowhere = np.full(len(t), UNPLACED, np.int64)
    return Signals(t, device, kind, none, none, none, nowhere, nowhere)


def piece(points, said=(), flags=None) -> Piece:
    f: Fixes = fixes(points)
    led = journeys.fold(journeys.State(), f, journeys.DEFAULT_RULES)
    given = led.flags if flags is None else np.array(flags, np.int64)
    return Piece(f, given, led.moved_mm, led.driven_m, led.phase, signals(said))


def parts(whole: Piece, cuts):
    """The piece cut before these times."""
    edges = [0, *sorted(cuts), 2**62]
    for lo, hi in pairwise(edges):
        first, end = whole.fixes.t.searchsorted([lo, hi]).tolist()
        since, upto = whole.signals.t.searchsorted([lo, hi]).tolist()
        if end > first or upto > since:
            yield whole.part(first, end, whole.signals.part(since, upto))


def fold(whole: Piece, ctx=BASIC, stream=PLAIN, cuts=()):
    state, ended = stream.empty(), []
    for one in parts(whole, cuts):
        state, more = stream.fold(state, one, ctx)
        ended += more
    return state, ended


def judged(points, said=(), ctx=BASIC, as_of=None, rule=None, excused=0):
    """All facts, in order of their begin; as_of: an hour after the last message."""
    whole = piece(points, said)
    last = max([p.t for p in points] + [x.t for x in said])
    state, ended = fold(whole, ctx)
    more, _ = PLAIN.under_way(state, last + 3_600 * S if as_of is None else as_of, excused, ctx)
    facts = sorted([*ended, *more], key=lambda f: (f.started, f.key))
    return [f for f in facts if rule is None or f.key == rule]


def seconds(t):
    return None if t is None else (t - T0) / S


def spans(facts):
    """Each as (rule, started, ended), seconds."""
    return [(Rule(f.key), seconds(f.started), seconds(f.ended)) for f in facts]
