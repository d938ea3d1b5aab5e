"""The problem as flat arrays of whole numbers: what the compiled kernels read."""

from typing import NamedTuple

import numpy as np

from optimizer.nodes import Bools, Ints, Nodes
from optimizer.problem import Problem

NEVER = 1 << 60
NO_LIMIT = 1 << 40


class Field(NamedTuple):
    """Nodes, ground and hours.

    Arrays of nodes are (n,), of places (places, places). `percent_start` is the factor of
    drives to a node, `percent_end` that of drives away from it to home or a charger.
    """

    start_s: Ints
    end_s: Ints
    origin: Ints
    destination: Ints
    percent_start: Ints
    percent_end: Ints
    loaded_m: Ints
    driving_s: Ints
    head_s: Ints
    tail_s: Ints
    fixed: Bools
    overnight: Bools
    again_s: Ints
    after: Ints
    tasks_at: Ints
    tasks_flat: Ints
    seconds: Ints
    metres: Ints
    toll_fen: Ints
    chargers: Ints
    buffer_s: int
    now_s: int
    length_s: int
    hour_fen: int
    break_after_s: int
    break_s: int
    span_s: int
    min_charge_s: int


class Car(NamedTuple):
    """What moving depends on in a lane.

    Attributes:
        charge_m: range gained in an hour of charging, 0: it does not charge.
        at_home: there is a charger at home.
        full_m, begin_m: range when full, and when the duty begins.
        driving_s: most driving; since_s: driven since a break when the duty begins.
        place, free_s: where it stands since when; from_s, until_s: the duty lies inside.
    """

    home: int
    fen_per_km: int
    toll_percent: int
    charge_m: int
    at_home: bool
    full_m: int
    begin_m: int
    driving_s: int
    since_s: int
    place: int
    free_s: int
    from_s: int
    until_s: int


def hourly(problem: Problem) -> Ints:
    """(24,) factors of drives by hour of the day, in percent."""
    return np.array(problem.matrix.percent_by_hour or (100,) * 24, dtype=np.int64)


def field_of(problem: Problem, nodes: Nodes) -> Field:
    """Lay the problem out; the matrix is widened, so that no sum can overflow."""
    horizon, matrix, hours = problem.horizon, problem.matrix, problem.hours
    percent = hourly(problem)
    tolls = np.zeros_like(matrix.metres) if matrix.toll_fen is None else matrix.toll_fen
    limited = hours.break_after_s is not None
    return Field(
        start_s=nodes.start_s,
        end_s=nodes.end_s,
        origin=nodes.column("origin"),
        destination=nodes.column("destination"),
        percent_start=percent[nodes.start_s % 86_400 // 3600],
        percent_end=percent[nodes.end_s % 86_400 // 3600],
        loaded_m=nodes.column("loaded_m"),
        driving_s=nodes.column("driving_s"),
        head_s=nodes.column("head_s"),
        tail_s=nodes.column("tail_s"),
        fixed=nodes.fixed,
        overnight=nodes.column("overnight") > 0,
        again_s=nodes.again_s,
        after=nodes.after,
        tasks_at=nodes.tasks_at,
        tasks_flat=nodes.tasks_flat,
        seconds=matrix.seconds.astype(np.int64),
        metres=matrix.metres.astype(np.int64),
        toll_fen=tolls.astype(np.int64),
        chargers=np.array(problem.chargers, dtype=np.int64),
        buffer_s=horizon.buffer_s,
        now_s=horizon.now_s,
        length_s=horizon.length_s,
        hour_fen=problem.driver_fen_per_hour,
        break_after_s=(hours.break_after_s or 0) if limited else NO_LIMIT,
        break_s=hours.break_s if limited else NO_LIMIT,
        span_s=NO_LIMIT if hours.span_s is None else hours.span_s,
        min_charge_s=problem.min_charge_s,
    )
