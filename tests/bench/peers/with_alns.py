"""A tuned adaptive large neighbourhood search: the `alns` package, operators compiled by numba.

Tuned on seeds 101 to 103 of the same family of days, which no figure uses.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from alns import ALNS, Result
from alns.accept import SimulatedAnnealing
from alns.select import RouletteWheel
from alns.stop import MaxRuntime
from numpy.random import Generator

from tests.bench.peers import routes as r
from tests.bench.peers.arcs import OVER_FEN, Arcs, Routes, run

MOST_OUT, BLINK = 15, 0.02
WARM_FEN, COLD_FEN = 8_000.0, 200.0
TRIAL_S = 0.5


@dataclass
class Field:
    """What does not change during a search."""

    owner: np.ndarray
    ways: tuple[np.ndarray, ...]
    otherwise: np.ndarray
    near: np.ndarray


@dataclass
class State:
    """Routes of all cars; tasks without one are rented."""

    field: Field
    routes: np.ndarray
    lengths: np.ndarray
    car: np.ndarray

    def objective(self) -> float:
        """Fen with every rental's weight."""
        out = self.field.otherwise[self.car < 0].sum()
        return float(out + r.costs(self.routes, self.lengths, self.field.owner, self.field.ways))

    def copy(self) -> "State":
        return State(self.field, self.routes.copy(), self.lengths.copy(), self.car.copy())

    def drop(self, tasks: np.ndarray) -> "State":
        """The state without these tasks."""
        left = self.copy()
        for i in tasks:
            r.take(int(i), left.routes, left.lengths, left.car)
        return left


def at_random(state: State, rng: Generator) -> State:
    n = len(state.car)
    return state.drop(rng.choice(n, rng.integers(2, min(MOST_OUT, n)), replace=False))


def related(state: State, rng: Generator) -> State:
    """A task and those near it in time and place."""
    near = state.field.near[rng.integers(len(state.car))]
    many = min(len(near), int(rng.integers(4, MOST_OUT)))
    return state.drop(rng.choice(near[: 2 * many], min(many, len(near[: 2 * many])), replace=False))


def dearest(state: State, rng: Generator) -> State:
    f = state.field
    saved = r.savings(state.routes, state.lengths, state.car, f.owner, f.ways, f.otherwise)
    order = np.argsort(-saved * rng.random(len(saved)) ** 2)
    return state.drop(order[: rng.integers(4, MOST_OUT)])


def whole_routes(state: State, rng: Generator) -> State:
    """The routes of a few cars that serve tasks near each other."""
    near = state.field.near[rng.integers(len(state.car))]
    cars = list(dict.fromkeys(int(v) for v in state.car[near] if v >= 0))[: rng.integers(2, 7)]
    return state.drop(np.flatnonzero(np.isin(state.car, cars) | (state.car < 0)))


def strings(state: State, rng: Generator) -> State:
    """A run of tasks out of each of several neighbouring routes."""
    near, out = state.field.near[rng.integers(len(state.car))], set()
    touched: set[int] = set()
    for i in near:
        v = int(state.car[i])
        if v < 0:
            out.add(int(i))
        elif v not in touched:
            touched.add(v)
            held = state.routes[v, : state.lengths[v]].tolist()
            at, many = held.index(i), int(rng.integers(1, 4))
            begin = max(0, at - int(rng.integers(many)))
            out.update(held[begin : begin + many])
        if len(out) >= MOST_OUT or len(touched) >= 12:
            break
    return state.drop(np.array(sorted(out)))


def _refilled(order: Callable[[np.ndarray, State, Generator], np.ndarray]) -> Callable:
    def repair(state: State, rng: Generator) -> State:
        f, out = state.field, np.flatnonzero(state.car < 0)
        r.refill(
            order(out, state, rng), state.routes, state.lengths, state.car, f.owner, f.ways, BLINK
        )
        return state

    return repair


def by_regret(state: State, rng: Generator) -> State:
    f, out = state.field, np.flatnonzero(state.car < 0)
    r.refill_by_regret(out, state.routes, state.lengths, state.car, f.owner, f.ways, BLINK)
    return state


def solve(arcs: Arcs, seconds: float, seed: int) -> Routes:
    """Simulated annealing that is cold when the seconds are over."""
    np.seterr(over="ignore")  # of its acceptance
    state = _start(arcs)
    rounds = len(_searched(state, TRIAL_S, 1.0, seed).statistics.objectives) / TRIAL_S
    cooling = (COLD_FEN / WARM_FEN) ** (1 / (rounds * seconds))
    best = _searched(state, seconds - TRIAL_S, cooling, seed).best_state
    found = [(int(k), v) for v, k in enumerate(best.field.owner) if best.lengths[v]]
    return [(k, best.routes[v, : best.lengths[v]].tolist()) for k, v in found]


def _searched(state: State, seconds: float, cooling: float, seed: int) -> Result:
    search = ALNS(np.random.default_rng(seed))
    for destroy in (at_random, related, dearest, whole_routes, strings):
        search.add_destroy_operator(destroy)
    shuffled = _refilled(lambda out, state, rng: rng.permutation(out))
    longest = _refilled(lambda out, state, rng: out[np.argsort(-state.field.otherwise[out])])
    search.add_repair_operator(shuffled, name="shuffled")
    search.add_repair_operator(longest, name="longest")
    search.add_repair_operator(by_regret)
    return search.iterate(
        state,
        RouletteWheel([10, 5, 1, 0], 0.9, 5, 3),
        SimulatedAnnealing(WARM_FEN, min(COLD_FEN, WARM_FEN * cooling), cooling, "exponential"),
        MaxRuntime(seconds),
    )


def _start(arcs: Arcs) -> State:
    """Greedy in order of start; it also compiles every kernel before the clock runs."""
    owner = np.repeat(np.arange(len(arcs.count)), arcs.count)
    n = len(arcs.rent)
    ways = (arcs.first, arcs.between, arcs.last, arcs.serve)
    otherwise = arcs.rent.astype(np.int64) + OVER_FEN
    field = Field(owner, ways, otherwise, _near(arcs))
    routes = np.full((len(owner), r.MOST_TASKS), -1, dtype=np.int64)
    state = State(field, routes, np.zeros(len(owner), np.int64), np.full(n, -1, np.int64))
    trial = copy.copy(state).copy()
    by_regret(trial, np.random.default_rng(0))
    r.savings(trial.routes, trial.lengths, trial.car, owner, ways, otherwise)
    trial.drop(np.arange(1)).objective()
    r.refill(np.arange(n), state.routes, state.lengths, state.car, owner, ways, 0.0)
    return state


def _near(arcs: Arcs) -> np.ndarray:
    """(n, up to 60) the tasks most like each: start, and where it lies seen from all homes."""
    seen = arcs.first.astype(float).T / 1_000
    apart = np.abs(seen[:, None] - seen[None]).mean(axis=2)
    apart += np.abs(arcs.start_s[:, None] - arcs.start_s[None]) / 900
    return np.argsort(apart, axis=1)[:, :60]


if __name__ == "__main__":
    run(solve)
