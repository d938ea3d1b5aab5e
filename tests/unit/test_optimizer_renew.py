"""A board brought forward to another day's problem answers as one made anew of it."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import optimizer as o
from optimizer.walk import FAMILY
from tests.tiny_days import HOUR, car, day, drawn_rich, driver, matrix, task

CARS, DRIVERS, TASKS = 5, 4, 8
LINE = matrix([[0, 20_000], [20_000, 0]])
seeds = st.integers(0, 10**9)


def days(seed: int, *changes: int) -> list[o.Problem]:
    """A random day of which some tasks are held by some car and driver; each change moves a few.

    What is changed: who is held, by which car and driver, and who is away at some hour.
    """
    drawn = drawn_rich(seed, cars=CARS, drivers=DRIVERS, tasks=TASKS)
    problem = replace(drawn, quotas=(), reserves=(), tasks=())
    plain = [_plain(t) for t in drawn.tasks]
    found = []
    for n, change in enumerate((seed, *changes)):
        rng = np.random.default_rng([change, n])
        kept = [t for t in problem.tasks if rng.random() > 0.25]
        others = {t.id for t in plain} - {t.id for t in kept}
        new = [t for t in plain if t.id in others and rng.random() < 0.6]
        problem = _with(problem, kept, new, rng)
        if rng.random() < 0.5:
            problem = _with_somebody_away(problem, rng)
        found.append(problem)
    return found


def _plain(task: o.Task) -> o.Task:
    return replace(task, share=None, published=None, fixed=None, earliest_s=task.latest_s)


def _with(
    problem: o.Problem, kept: list[o.Task], new: list[o.Task], rng: np.random.Generator
) -> o.Problem:
    """Some more of a day are fixed, where that makes no nonsense."""
    for one in new:
        whom = problem.vehicles[int(rng.integers(len(problem.vehicles)))]
        able = [d for d in problem.drivers if d.pool == whom.pool]
        if not able:
            continue
        who = able[int(rng.integers(len(able)))]
        fixed = replace(one, fixed=o.Fixed(whom.id, who.id, one.earliest_s))
        try:
            replace(problem, tasks=(*kept, fixed))
        except o.InvalidProblem:
            continue
        kept.append(fixed)
    return replace(problem, tasks=tuple(kept))


def _with_somebody_away(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    start_s = int(rng.integers(7, 18)) * HOUR
    around = (o.Window(6 * HOUR, start_s), o.Window(start_s + HOUR, 22 * HOUR))
    fleet, people = list(problem.vehicles), list(problem.drivers)
    i, j = int(rng.integers(len(fleet))), int(rng.integers(len(people)))
    if fleet[i].at == fleet[i].home:
        fleet[i] = replace(fleet[i], windows=around)
    people[j] = replace(people[j], windows=around)
    return replace(problem, vehicles=tuple(fleet), drivers=tuple(people))


def asked(seed: int) -> list[o.Task]:
    """Of the same day, under numbers of their own."""
    tasks = drawn_rich(seed, cars=CARS, drivers=DRIVERS, tasks=TASKS).tasks
    return [replace(_plain(t), id=100 + t.id) for t in tasks]


def with_promises(board: o.Board, tasks: list[o.Task]) -> list[int]:
    """Put them on where they are cheapest; those that found a place."""
    found = []
    for one in tasks:
        if options := o.insert(board, one, limit=1, explain=False).options:
            board.take(one, options[0].way)
            found.append(one.id)
    return found


def answers(board: o.Board, tasks: list[o.Task]) -> list[object]:
    """Everything that it says of tasks: who can at which price, who drives, and why not."""
    said = [o.insert(board, one, limit=CARS) for one in tasks]
    options = [
        [(x.vehicle, x.driver, x.start_s, x.costs, x.deadhead_m, x.new_duty) for x in one.options]
        for one in said
    ]
    return [options, [one.refused for one in said]]


def worked_out(board: o.Board) -> list[object]:
    """Its arrays; families are numbered as they come, so only who shares one counts."""
    arrays = board.arrays()
    frames = arrays.frames.copy()
    _, frames[:, FAMILY] = np.unique(frames[:, FAMILY], return_inverse=True)
    first = {family: i for i, family in reversed(list(enumerate(frames[:, FAMILY].tolist())))}
    frames[:, FAMILY] = [first[family] for family in frames[:, FAMILY].tolist()]
    counts = [len(chain.visits) for chain in board.chains]
    visits = [rows[:n].tolist() for rows, n in zip(arrays.visits, counts, strict=True)]
    floors = [
        rows[: n + 2].tolist() if n else [] for rows, n in zip(arrays.floors, counts, strict=True)
    ]
    return [frames.tolist(), visits, floors, arrays.spent.tolist(), arrays.crews.tolist()]


def books(board: o.Board) -> list[object]:
    """What it keeps count of."""
    of_driver = {driver: sorted(chains) for driver, chains in board.of_driver.items() if chains}
    served, lent = +board.served, +board.lent
    return [board.chain_of, board.of_car, of_driver, served, lent, board.sharing]


@given(seed=seeds, changes=st.lists(seeds, min_size=1, max_size=3))
def test_brought_forward_it_is_what_it_would_be_made_anew(seed, changes):
    first, *later = days(seed, *changes)
    board = o.Board.of(first)
    for problem in later:
        found = o.renewed(board, problem)
        if found is None:
            assert not board.chains
            return
        board, anew = found.board, o.Board.of(problem)
        assert found.off == frozenset()
        assert worked_out(board) == worked_out(anew)
        assert books(board) == books(anew)
        assert answers(board, asked(seed)) == answers(anew, asked(seed))


@given(seed=seeds, change=seeds)
def test_what_was_put_on_it_stays_as_it_was_or_is_off(seed, change):
    first, problem = days(seed, change)
    old, tasks = o.Board.of(first), asked(seed)
    put = with_promises(old, tasks[::2])
    before, said = worked_out(old), answers(old, tasks[1::2])
    found = o.renewed(old, problem)
    assert (worked_out(old), answers(old, tasks[1::2])) == (before, said), "it stays as it is"
    if found is None:
        assert not old.chains
        return
    stays = set(put) - found.off
    assert stays == found.board.chain_of.keys() - problem.task_of.keys()
    duties = {stop.task: duty for duty in old.duties() for stop in duty.stops}
    for duty in found.board.duties():
        for i in {stop.task for stop in duty.stops} & stays:
            assert duty == duties[i]
    assert_is_as_made_anew(found.board, problem, tasks)
    with_promises(found.board, [t for t in tasks if t.id not in stays])
    assert_is_as_made_anew(found.board, problem, tasks)


def assert_is_as_made_anew(board: o.Board, problem: o.Problem, tasks: list[o.Task]) -> None:
    put = tuple(t for t in tasks if t.id in board.chain_of)
    anew = o.Board.of(replace(problem, tasks=(*problem.tasks, *put)), board.duties())
    *mine, crews = worked_out(board)
    *others, people = worked_out(anew)
    assert mine == others
    # Families stay in the order in which they were drawn while somebody of them is left.
    assert sorted(crews) == sorted(people)
    assert books(board) == books(anew)


def two_cars(*fixed: o.Task, **more: object) -> o.Problem:
    given = {"matrix": LINE, **more}
    return day([car(1), car(2)], [driver(1), driver(2)], list(fixed), **given)


def on(number: int, vehicle: int, who: int, hour: int = 8) -> o.Task:
    return task(number, 0, 1, hour * HOUR, fixed=o.Fixed(vehicle, who, hour * HOUR))


def test_a_promise_that_is_held_now_leaves_the_car_that_it_was_promised():
    board = o.Board.of(two_cars())
    with_promises(board, [task(1, 0, 1, 8 * HOUR)])
    car_id, driver_id = _car(board, 1), _driver(board, 1)
    found = o.renewed(board, two_cars(on(1, 3 - car_id, 3 - driver_id)))
    assert found.off == {1}
    assert [(d.vehicle, d.driver) for d in found.board.duties()] == [(3 - car_id, 3 - driver_id)]


def test_what_is_held_takes_off_what_its_car_and_its_driver_had():
    board = o.Board.of(two_cars())
    with_promises(board, [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR)])
    found = o.renewed(board, two_cars(on(3, _car(board, 1), _driver(board, 2))))
    assert found.off == {1, 2}
    assert found.board.chain_of.keys() == {3}


def test_where_more_than_hours_and_what_is_held_differs_a_board_must_be_made():
    board = o.Board.of(two_cars(on(1, 1, 1)))
    same = two_cars(on(1, 1, 1))
    assert o.renewed(board, same) is not None
    others = [
        two_cars(on(1, 1, 1), matrix=matrix([[0, 20_000], [20_000, 0]])),
        replace(same, driver_fen_per_hour=1),
        replace(same, reserves=(o.Reserve(1, 1),)),
        replace(same, horizon=replace(same.horizon, length_s=same.horizon.length_s - 1)),
        replace(same, vehicles=(car(1), car(2, fen_per_km=1))),
        replace(same, vehicles=(car(1),)),
        replace(same, drivers=(driver(1),)),
        replace(same, drivers=(driver(1), driver(3))),
        replace(same, tasks=(task(1, 0, 1, 8 * HOUR),)),
    ]
    assert [o.renewed(board, other) for other in others] == [None] * len(others)


def test_what_is_held_may_leave_too_few_cars_for_what_was_lent():
    lending = {"reserves": (o.Reserve(1, 1),)}
    board = o.Board.of(two_cars(**lending))
    assert with_promises(board, [task(1, 0, 1, 8 * HOUR, pool=2)])
    booked = replace(on(2, 3 - _car(board, 1), 3 - _driver(board, 1)), pool=2)
    assert o.renewed(board, two_cars(booked, **lending)) is None


def _car(board: o.Board, number: int) -> int:
    return board.chains[board.chain_of[number]].slot.car.id


def _driver(board: o.Board, number: int) -> int:
    return board.chains[board.chain_of[number]].driver.id
