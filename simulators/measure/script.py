"""One car's story as it truly happens, second by second, told act by act.

An episode is a function that makes a car act; it says of what it did whether a rule of the
system must find something in it or must not. What it says is checked against the physics
(`oracle.py`), never handed to the system.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulators.measure.ground import LIMIT_KMH, Road

Floats = NDArray[np.float64]
DAY_S = 86_400
GAINS_KMH_S = 7.0
IDLE_ML_S = 0.22

FaultKind = Literal[
    "dead", "no-fix", "frozen", "power-cut", "antenna", "away", "spike", "fast", "late",
    "drift", "slope", "empty-sensor", "full-sensor", "no-sensor", "soc-step", "status-cut",
    "status-low", "coarse", "gcj02",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """What an episode says of a time: the rule must find something in it, or must not."""

    rule: str
    true: bool
    start: int
    end: int
    what: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a terminal, its wires, its antenna or its link, and for how long."""

    kind: FaultKind
    start: int
    end: int
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Flow:
    """What went into (or, negative, out of) tank or battery, evenly over a time."""

    kind: Literal["fill", "siphon", "charge"]
    start: int
    end: int
    amount: float


@dataclass(frozen=True, slots=True)
class Player:
    """A car of the scenario and what hangs on it; cadences are those of its terminal."""

    code: str
    road: Road
    tank_ml: int | None = 55_000
    battery_wh: int | None = None
    ml_per_100km: int = 7_800
    wh_per_100km: int = 15_000
    moving_every_s: int = 10
    idling_every_s: int = 30
    parked_every_s: int = 1_800

    @property
    def device(self) -> str:
        """The name of its terminal."""
        return f"m-{self.code.lower()}"

    @property
    def plate(self) -> str:
        """Its number plate."""
        return f"皖M{self.code[-5:]}"

    @property
    def obu(self) -> str:
        """The number of its unit for tolls."""
        return f"OBU{self.code}"


@dataclass(eq=False)
class Script:
    """A car's acts so far; times are whole seconds since 1970."""

    player: Player
    start: int
    rng: random.Random
    kmh: float = 0.0
    level_ml: float = 0.0
    level_wh: float = 0.0
    notes: list[Note] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    tolls: list[tuple[int, int, bool]] = field(default_factory=list)
    _speeds: list[Floats] = field(default_factory=list)
    _engine: list[tuple[int, bool]] = field(default_factory=list)
    _told: int = 0

    def __post_init__(self) -> None:
        self.level_ml = (self.player.tank_ml or 0) * self.rng.uniform(0.6, 0.8)
        self.level_wh = (self.player.battery_wh or 0) * self.rng.uniform(0.5, 0.6)
        self.start_ml, self.start_wh = self.level_ml, self.level_wh

    @property
    def now(self) -> int:
        """The moment that is not told yet."""
        return self.start + self._told

    @property
    def limit_kmh(self) -> int:
        """What is allowed on the car's road."""
        return LIMIT_KMH[self.player.road.cls]

    @property
    def usual_kmh(self) -> float:
        """A speed that nobody minds, another each time."""
        return self.limit_kmh * self.rng.uniform(0.72, 0.86)

    def go(self, seconds: int, kmh: float, *, sway: float = 0.015) -> None:
        """Reach a speed and keep it about there for so many seconds in all."""
        ramp = self._ramp(kmh)[:seconds]
        left = seconds - len(ramp)
        knots = np.arange(0, left + 20, 20)
        swing = [kmh * (1 + max(-2.5, min(2.5, self.rng.gauss(0, 1))) * sway) for _ in knots]
        swing[0] = kmh
        held = np.interp(np.arange(left), knots, swing)
        self._tell(np.concatenate([ramp, held]), running=True)
        self.kmh = float(held[-1]) if left > 0 else float(ramp[-1])

    def stop(self) -> None:
        """Brake until the car stands, the engine still on."""
        if self.kmh > 0:
            self._tell(np.append(self._ramp(0.0), 0.0), running=True)
            self.kmh = 0.0

    def stand(self, seconds: int, *, engine: bool) -> None:
        """Stand for so many seconds."""
        self.stop()
        self._tell(np.zeros(seconds), running=engine)

    def park(self, seconds: int) -> None:
        """Stand with the engine off; a terminal may sleep meanwhile."""
        self.stand(seconds, engine=False)

    def park_until(self, moment: int) -> None:
        """Park up to a moment, if it is still ahead."""
        self.park(max(60, moment - self.now))

    def fault(self, kind: FaultKind, start: int, end: int, amount: float = 0.0) -> None:
        """Let something go wrong; both times may lie ahead."""
        self.faults.append(Fault(kind, start, end, amount))

    def flow(self, kind: Literal["fill", "siphon", "charge"], seconds: int, amount: float) -> None:
        """Stand with the engine off while ml or Wh come in or go out."""
        self.park(60)
        begun = self.now
        self.park(seconds)
        self.flows.append(Flow(kind, begun, self.now, amount))
        if kind == "charge":
            self.level_wh += amount
        else:
            self.level_ml += amount

    def note(self, rule: str, start: int, what: str, *, true: bool) -> None:
        """Say what must, or must not, be found between a moment and now."""
        self.notes.append(Note(rule, true, start, self.now, what))

    def _ramp(self, kmh: float) -> Floats:
        steps = max(1, round(abs(kmh - self.kmh) / GAINS_KMH_S))
        return np.linspace(self.kmh, kmh, steps + 1)[1:]

    def _tell(self, kmh: Floats, *, running: bool) -> None:
        if not self._engine or self._engine[-1][1] != running:
            self._engine.append((self._told, running))
        self._speeds.append(kmh)
        self._told += len(kmh)
        metres = float(kmh.sum()) / 3.6
        idle_s = float((kmh == 0).sum()) if running else 0.0
        if self.player.tank_ml:
            burnt = metres * self.player.ml_per_100km / 100_000 + idle_s * IDLE_ML_S
            self.level_ml = max(0.0, self.level_ml - burnt)
        self.level_wh = max(0.0, self.level_wh - metres * self.player.wh_per_100km / 100_000)

    def told(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Km/h and whether the engine ran, at each second from the start on."""
        kmh = np.concatenate(self._speeds) if self._speeds else np.zeros(0)
        running = np.zeros(len(kmh), dtype=np.bool_)
        for begin, end, on in self._spans(len(kmh)):
            running[begin:end] = on
        return kmh, running

    def _spans(self, length: int) -> Iterator[tuple[int, int, bool]]:
        ends = [begin for begin, _ in self._engine[1:]] + [length]
        for (begin, on), end in zip(self._engine, ends, strict=True):
            yield begin, end, on
