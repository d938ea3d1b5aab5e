"""A board brought forward: another problem of the same cars, of which most stays as it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from optimizer.board import Board
from optimizer.chains import chains_of
from optimizer.problem import Driver, Problem, Task, Vehicle
from optimizer.slots import DriverSlot, slots_of

Timed = TypeVar("Timed", Vehicle, Driver)
MAY_DIFFER = {"horizon", "vehicles", "drivers", "tasks"}
TERMS = tuple(f.name for f in fields(Problem) if f.name not in MAY_DIFFER)


@dataclass(frozen=True, slots=True)
class Renewed:
    """A board of another problem.

    Attributes:
        off: tasks that were put on the old board and are not on this one.
    """

    board: Board
    off: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Some:
    """Cars and drivers, by id."""

    cars: frozenset[int]
    drivers: frozenset[int]


def renewed(board: Board, problem: Problem) -> Renewed | None:
    """The board of a problem, made of that of another one; which stays as it is.

    Cars and drivers whose windows or fixed tasks differ begin anew, and with them everybody
    who is tied to them by a duty: what one duty leaves of a car or driver is another one's
    room. Whatever else lay on their duties is off, and so is what its car should have left for
    before now. All else is as the board has it, so that
    the new one answers as if it were made of the problem and of the tasks that stayed.

    Args:
        board: has nothing rented.
        problem: now_s may differ, and windows, range and fixed tasks; all tasks are fixed.

    Returns:
        None where more differs: then a board must be made.
    """
    old = board.problem
    if board.rented or not board.chains or not _alike(old, problem):
        return None
    cars = _changed(old.vehicles, problem.vehicles)
    drivers = _changed(old.drivers, problem.drivers)
    if cars is None or drivers is None:
        return None
    again = _tied(board, problem, _moved(board, problem, _Some(cars, drivers)))
    made = _spliced(board, problem, again)
    return None if _lends_too_much(made) else Renewed(made, frozenset(_off(board, made, problem)))


def _alike(old: Problem, new: Problem) -> bool:
    """Whether they differ in cars, drivers, fixed tasks and the time alone."""
    terms = all(getattr(old, name) == getattr(new, name) for name in TERMS)
    clocks = replace(old.horizon, now_s=0) == replace(new.horizon, now_s=0)
    fixed = (task.fixed is not None for problem in (old, new) for task in problem.tasks)
    return terms and clocks and not new.quotas and all(fixed)


def _changed(old: Sequence[Timed], new: Sequence[Timed]) -> frozenset[int] | None:
    """Ids of those that differ in when they can, and how far; None: in more than that."""
    if len(old) != len(new):
        return None
    found = [(a, b) for a, b in zip(old, new, strict=True) if a is not b and a != b]
    return frozenset(a.id for a, _ in found) if all(_same(a, b) for a, b in found) else None


def _same(a: Vehicle | Driver, b: Vehicle | Driver) -> bool:
    """Whether the board's other tables say the same of both."""
    if isinstance(a, Vehicle) and isinstance(b, Vehicle):
        return replace(a, windows=b.windows, charged_m=b.charged_m) == b
    return a.id == b.id


def _moved(board: Board, problem: Problem, some: _Some) -> _Some:
    """And who has, or had, a fixed task that differs; also who had it while it was not fixed.

    And who should have left before now for what is not fixed.
    """
    cars, drivers = set(some.cars), set(some.drivers)
    for chain in board.chains:
        late = chain.driver is not None and chain.spent.leave_s < problem.horizon.now_s
        if late and not all(visit.fixed for visit in chain.visits):
            cars.add(chain.slot.car.id)
    old, new = board.problem.task_of, problem.task_of
    for i in old.keys() | new.keys():
        a, b = old.get(i), new.get(i)
        if a is b or a == b:
            continue
        for car, driver in (*_holders([a, b]), *_lies_with(board, i)):
            cars.add(car)
            drivers.add(driver)
    return _Some(frozenset(cars), frozenset(drivers))


def _holders(tasks: Iterable[Task | None]) -> list[tuple[int, int]]:
    return [(t.fixed.vehicle, t.fixed.driver) for t in tasks if t is not None and t.fixed]


def _lies_with(board: Board, task: int) -> list[tuple[int, int]]:
    chain = board.chains[board.chain_of[task]] if task in board.chain_of else None
    if chain is None or chain.driver is None:
        return []
    return [(chain.slot.car.id, chain.driver.id)]


def _tied(board: Board, problem: Problem, some: _Some) -> _Some:
    """And everybody who is tied to them by duties, of before or from now on."""
    pairs = {(c.slot.car.id, c.driver.id) for c in board.chains if c.driver is not None}
    drivers_of: dict[int, list[int]] = {}
    cars_of: dict[int, list[int]] = {}
    for car, driver in pairs.union(_holders(problem.tasks)):
        drivers_of.setdefault(car, []).append(driver)
        cars_of.setdefault(driver, []).append(car)
    cars, drivers = set(some.cars), set(some.drivers)
    new_cars, new_drivers = cars, drivers
    while new_cars or new_drivers:
        beside_cars = {d for car in new_cars for d in drivers_of.get(car, ())}
        beside_drivers = {c for driver in new_drivers for c in cars_of.get(driver, ())}
        new_cars, new_drivers = beside_drivers - cars, beside_cars - drivers
        cars, drivers = cars | new_cars, drivers | new_drivers
    return _Some(frozenset(cars), frozenset(drivers))


def _spliced(board: Board, problem: Problem, again: _Some) -> Board:
    """The board with the chains of some made anew, in the order in which all would be made."""
    part = replace(
        problem,
        vehicles=tuple(v for v in problem.vehicles if v.id in again.cars),
        drivers=tuple(d for d in problem.drivers if d.id in again.drivers),
        tasks=tuple(t for t in problem.tasks if t.fixed and t.fixed.vehicle in again.cars),
    )
    fresh, people = chains_of(part, slots_of(part), ())
    stay = [(c, x) for c, x in enumerate(board.chains) if x.slot.car.id not in again.cars]
    rows = [*((c, chain.twin()) for c, chain in stay), *((-1, chain) for chain in fresh)]
    rows.sort(key=lambda pair: (not pair[1].run, board.car_row[pair[1].slot.car.id]))
    known = board.known(np.array([c for c, _ in rows], dtype=np.int64))
    free = [p for p in board.crews.free() if p.driver.id not in again.drivers]
    laid = [chain for _, chain in rows], _in_order(problem, [*free, *people])
    return Board(problem, laid, known=known)


def _in_order(problem: Problem, people: list[DriverSlot]) -> list[DriverSlot]:
    at = {driver.id: i for i, driver in enumerate(problem.drivers)}
    return sorted(people, key=lambda person: (at[person.driver.id], person.from_s))


def _lends_too_much(board: Board) -> bool:
    """Whether what is fixed now leaves some that were put on the board beyond what may be lent."""
    lent, limits = board.lent, board.problem.lending_limit
    return any(
        lent[pool, pool] and lent[pool, pool] + lent[pool, -1] > most
        for pool, most in limits.items()
    )


def _off(board: Board, made: Board, problem: Problem) -> Iterable[int]:
    """What was put on the old board and is not on the new one, or is fixed there."""
    put = board.chain_of.keys() - board.problem.task_of.keys()
    return (i for i in put if i not in made.chain_of or i in problem.task_of)
