"""The engines' arithmetic of moving: cost and feasibility of getting from one thing to the next.

All functions are vectorised over anything that broadcasts. `NEVER` marks what cannot be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Problem

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Ground:
    """What moving depends on beside the car."""

    seconds: Ints
    metres: Ints
    buffer_s: int
    now_s: int
    length_s: int
    hour_fen: int

    @classmethod
    def of(cls, problem: Problem) -> "Ground":
        """Widen the matrix, so that no sum can overflow."""
        horizon = problem.horizon
        return cls(
            problem.matrix.seconds.astype(np.int64),
            problem.matrix.metres.astype(np.int64),
            horizon.buffer_s,
            horizon.now_s,
            horizon.length_s,
            problem.driver_fen_per_hour,
        )


@dataclass(frozen=True, slots=True)
class Car:
    """What moving depends on in the car: arrays or numbers that broadcast."""

    home: Ints
    fen_per_km: Ints


@dataclass(frozen=True, slots=True)
class Ends:
    """Where something is done, and when it begins or ends; fixed: decided before."""

    place: Ints
    at_s: Ints
    fixed: Bools


@dataclass(frozen=True, slots=True)
class Move:
    """One way of getting there; fen is NEVER where it cannot be done."""

    fen: Ints
    metres: Ints
    driving_s: Ints


def by_km(metres: Ints, fen: Ints | int) -> Ints:
    """Fen for metres at fen a kilometre, rounded half up."""
    return np.asarray((metres * fen + 500) // 1000)


def by_hour(seconds: Ints, fen: int) -> Ints:
    """Fen for seconds at fen an hour, rounded half up."""
    return np.asarray((seconds * fen + 1800) // 3600)


def direct(ground: Ground, car: Car, a: Ends, b: Ends) -> Move:
    """Wait at a's place, then drive to b in time."""
    drive_s, metres = ground.seconds[a.place, b.place], ground.metres[a.place, b.place]
    leave_s = b.at_s - ground.buffer_s - drive_s
    gone = a.fixed & (a.at_s < ground.now_s)
    can = (leave_s >= a.at_s) & (leave_s >= ground.now_s) & ~gone
    can = np.where(b.fixed, (leave_s >= a.at_s) | a.fixed, can)
    away_s = np.maximum(b.at_s - a.at_s, 0)
    fen = by_km(metres, car.fen_per_km) + by_hour(away_s, ground.hour_fen)
    return Move(np.where(can, fen, NEVER), metres, drive_s)


def via_home(ground: Ground, car: Car, a: Ends, b: Ends) -> Move:
    """Go home from a at once, and from there to b in time."""
    back_s, out_s = ground.seconds[a.place, car.home], ground.seconds[car.home, b.place]
    metres = ground.metres[a.place, car.home] + ground.metres[car.home, b.place]
    leave_s = b.at_s - ground.buffer_s - out_s
    can = leave_s >= a.at_s + back_s
    can &= b.fixed | (leave_s >= ground.now_s)
    fen = by_km(metres, car.fen_per_km)
    fen = fen + by_hour(back_s + out_s + ground.buffer_s, ground.hour_fen)
    return Move(np.where(can, fen, NEVER), metres, back_s + out_s)


def set_out(ground: Ground, car: Car, a: Ends, b: Ends, since_s: Ints) -> Move:
    """Leave a's place, not before since_s, as the first thing of a duty."""
    drive_s, metres = ground.seconds[a.place, b.place], ground.metres[a.place, b.place]
    return _first(ground, car, a, b, since_s, drive_s, drive_s, metres)


def set_out_via_home(ground: Ground, car: Car, a: Ends, b: Ends, since_s: Ints) -> Move:
    """The same by way of home, without a stay."""
    out_s = ground.seconds[car.home, b.place]
    drive_s = ground.seconds[a.place, car.home] + out_s
    metres = ground.metres[a.place, car.home] + ground.metres[car.home, b.place]
    move = _first(ground, car, a, b, since_s, drive_s, out_s, metres)
    # From home itself this would be the same thing twice.
    return Move(np.where(a.place == car.home, NEVER, move.fen), metres, drive_s)


def _first(
    ground: Ground,
    car: Car,
    a: Ends,
    b: Ends,
    since_s: Ints,
    drive_s: Ints,
    out_s: Ints,
    metres: Ints,
) -> Move:
    leave_s = b.at_s - ground.buffer_s - drive_s
    can = (leave_s >= a.at_s) & (leave_s >= since_s)
    can &= b.at_s - ground.buffer_s - out_s >= ground.now_s
    fen = by_km(metres, car.fen_per_km) + by_hour(drive_s + ground.buffer_s, ground.hour_fen)
    return Move(np.where(can | b.fixed, fen, NEVER), metres, drive_s)


def go_home(ground: Ground, car: Car, a: Ends, until_s: Ints) -> Move:
    """Drive home from a as the last thing of a duty, there by until_s."""
    drive_s, metres = ground.seconds[a.place, car.home], ground.metres[a.place, car.home]
    fen = by_km(metres, car.fen_per_km) + by_hour(drive_s, ground.hour_fen)
    return Move(np.where(a.fixed | (a.at_s + drive_s <= until_s), fen, NEVER), metres, drive_s)
