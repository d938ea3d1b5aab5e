"""What truly was, at each second: speed, metres, place, tank and battery of one car."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.measure.script import IDLE_ML_S, Floats, Flow, Player, Script

Bools = NDArray[np.bool_]
LEAST_MOVING_KMH = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Physics:
    """Columns by second from `start` (seconds since 1970) on."""

    start: int
    kmh: Floats
    running: Bools
    gone_m: Floats
    fuel_ml: Floats
    wh: Floats

    def metres(self, lo: int, hi: int) -> float:
        """Metres driven between two moments."""
        last = len(self.gone_m) - 1
        a, b = (min(max(0, at - self.start), last) for at in (lo, hi))
        return float(self.gone_m[b] - self.gone_m[a])


def physics(script: Script) -> Physics:
    """Work a script out."""
    kmh, running = script.told()
    mps = kmh / 3.6
    gone = np.concatenate([[0.0], np.cumsum((mps[1:] + mps[:-1]) / 2)])
    player = script.player
    idle_s = np.cumsum(running & (kmh == 0))
    burnt = gone * player.ml_per_100km / 100_000 + idle_s * IDLE_ML_S
    fuel = script.start_ml - burnt + _flowed(script, len(kmh), ("fill", "siphon"))
    used = gone * player.wh_per_100km / 100_000
    wh = script.start_wh - used + _flowed(script, len(kmh), ("charge",))
    return Physics(
        script.start, kmh, running, gone,
        np.clip(fuel, 0, player.tank_ml or 0), np.clip(wh, 0, player.battery_wh or 0),
    )  # fmt: skip


def _flowed(script: Script, seconds: int, kinds: tuple[str, ...]) -> Floats:
    total = np.zeros(seconds)
    for flow in script.flows:
        if flow.kind in kinds:
            total += _ramp(flow, script.start, seconds)
    return total


def _ramp(flow: Flow, start: int, seconds: int) -> Floats:
    moments: Floats = np.interp(
        np.arange(seconds), [flow.start - start, flow.end - start], [0.0, flow.amount]
    )
    return moments


def runs(mask: Bools) -> list[tuple[int, int]]:
    """Spans of indices, end exclusive, in which a mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def room_ml(player: Player, level_ml: float) -> float:
    """How much the tank would still take."""
    return max(0.0, (player.tank_ml or 0) - level_ml)
