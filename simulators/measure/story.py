"""A script worked out: what truly was, what the terminal made of it, what others say of the car."""

from dataclasses import dataclass

import numpy as np

from simulators.measure.faulty import spoil
from simulators.measure.ground import Ground
from simulators.measure.oracle import Case, cases
from simulators.measure.passages import Passage, passages
from simulators.measure.physics import Physics, physics, runs
from simulators.measure.script import Script
from simulators.measure.terminal import Reports, reports

TRIP_PAUSE_S = 180
SPOILS_METRES = frozenset({"dead", "no-fix", "frozen", "away", "gcj02"})


@dataclass(frozen=True, slots=True)
class Trip:
    """A true drive between two halts of three minutes; sound: no fault hid its metres."""

    start: int
    end: int
    metres: float
    sound: bool


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """All there is to tell of one car."""

    script: Script
    true: Physics
    made: Reports
    cases: list[Case]
    trips: list[Trip]
    passages: list[Passage]


def story(script: Script, made: Ground, seed: int) -> Story:
    """Work a script out; the same for the same seed."""
    noise = np.random.Generator(np.random.PCG64([seed, *script.player.code.encode()]))
    true = physics(script)
    sent = spoil(reports(script, true, noise), script, noise)
    return Story(
        script, true, sent, cases(script, true, sent.ts), trips(script, true),
        passages(script, true, made),
    )  # fmt: skip


def trips(script: Script, true: Physics) -> list[Trip]:
    """Drives, parted by halts of three minutes and more."""
    moving = runs(true.kmh > 0)
    joined: list[tuple[int, int]] = []
    for a, b in moving:
        if joined and a - joined[-1][1] < TRIP_PAUSE_S:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    spoilt = [f for f in script.faults if f.kind in SPOILS_METRES]
    found = []
    for a, b in joined:
        lo, hi = true.start + a, true.start + b
        sound = not any(f.start < hi and f.end > lo for f in spoilt)
        found.append(Trip(lo, hi, true.metres(lo, hi), sound))
    return found
