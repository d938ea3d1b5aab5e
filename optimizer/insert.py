"""Exact best insertion of one task among all cars, and why the others cannot take it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from optimizer.board import Board, Way
from optimizer.doorstep import BEST, BEST_AT, BEST_CHAIN, BEST_CREW, BEST_START
from optimizer.fleet import settlement_fen
from optimizer.ground import NEVER, Bools, Ints
from optimizer.joins import joins
from optimizer.lanes import starts_of
from optimizer.plan import Costs, Refused
from optimizer.problem import Task
from optimizer.reasons import quota_reasons, reasons
from optimizer.scan import Wish, scan
from optimizer.visits import Visit, alone
from optimizer.walk import FAMILY
from optimizer.ways import best_ways


@dataclass(frozen=True, slots=True)
class Option:
    """One way to serve the task.

    Attributes:
        driver: the duty's driver; of a new duty the one who would take it.
        costs: what it adds, by kind; `costs.fen` is the whole.
        deadhead_m: empty metres it adds; may be negative.
        shares: tasks whose ride it joins.
    """

    vehicle: int
    driver: int
    start_s: int
    costs: Costs
    deadhead_m: int
    new_duty: bool
    way: Way
    shares: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Insertion:
    """Options from the cheapest on, and for every car without any the first broken rule."""

    task: int
    options: tuple[Option, ...]
    refused: tuple[Refused, ...]


def insert(
    board: Board,
    task: Task,
    *,
    limit: int = 5,
    explain: bool = True,
    only: Collection[int] | None = None,
) -> Insertion:
    """Rank all cars for a task.

    Args:
        board: the plan so far.
        task: need not be of the board's problem, but must fit its matrix and pools.
        limit: so many options at most, one a car.
        explain: also say why the other cars cannot.
        only: ids of the cars that are asked; None: all. Rides are joined on any.
    """
    over_fen, allowed = board.quota(task)
    if over_fen is None:
        return Insertion(task.id, (), quota_reasons(board, task, allowed) if explain else ())
    shared = joins(board, task) if task.share is not None else {}
    found = _scan(board, task, over_fen, limit=0 if explain else limit, only=only)
    prices = found[:, BEST].copy()
    for row, (price, _) in shared.items():
        prices[row] = min(prices[row], price + over_fen)
    able = np.flatnonzero(prices < NEVER)
    ranked = able[np.argsort(prices[able], kind="stable")][:limit]
    options: list[Option] = []
    alike: dict[tuple[int, int, int], Option] = {}
    for row in ranked.tolist():
        if row in shared and shared[row][0] + over_fen < found[row, BEST]:
            options.append(_option(board, task, shared[row][1], over_fen))
            continue
        chain, crew, start_s = (int(found[row, k]) for k in (BEST_CHAIN, BEST_CREW, BEST_START))
        family = -1 if task.published else int(board.arrays().frames[chain, FAMILY])
        known = alike.get((family, crew, start_s)) if family >= 0 else None
        if known is None:
            known = _option(board, task, _way(board, task, found[row]), over_fen)
            alike[family, crew, start_s] = known
        options.append(_on(board, known, chain))
    refused = reasons(board, task, found, prices >= NEVER) if explain else ()
    return Insertion(task.id, tuple(options), refused)


def _on(board: Board, option: Option, chain: int) -> Option:
    """The same on a car that is alike."""
    if option.way.chain == chain:
        return option
    car = board.chains[chain].slot.car
    return replace(option, vehicle=car.id, way=replace(option.way, chain=chain))


def _scan(
    board: Board,
    task: Task,
    over_fen: int,
    *,
    limit: int,
    only: Collection[int] | None = None,
) -> Ints:
    starts = starts_of(board.problem, task)
    visit = alone(task, starts[0])
    announced = task.published
    fits = board.fleet.fits(visit)
    if only is not None:
        asked = np.zeros_like(fits)
        asked[[board.car_row[car] for car in only if car in board.car_row]] = True
        fits = fits & asked
    wish = Wish(
        visit=np.array(visit.row(), dtype=np.int64),
        starts=np.array(starts, dtype=np.int64),
        fits=fits,
        full=_full(board, task),
        fen=board.fleet.serving_fen(visit) + over_fen,
        moved_fen=0 if announced is None else announced.moved_fen,
        announced_on=-1 if announced is None else board.car_row.get(announced.vehicle, -1),
        announced_s=-1 if announced is None else announced.start_s,
    )
    return scan(board.land, board.arrays(), wish, limit)


def _full(board: Board, task: Task) -> Bools:
    full = list(board.full_pools([task]))
    if not full:
        return np.zeros(len(board.fleet.pool), dtype=bool)
    return np.isin(board.fleet.pool, full)


def _way(board: Board, task: Task, found: Ints) -> Way:
    chain, at, crew = (int(found[k]) for k in (BEST_CHAIN, BEST_AT, BEST_CREW))
    visit = alone(task, int(found[BEST_START]))
    visits = board.chains[chain].visits
    changed = [*visits[:at], visit, *visits[at:]]
    frame = board.frame_of(chain, board.crews.first(crew) if crew >= 0 else None)
    rows, car = board.rows_of(changed), board.fleet.rows[frame[0]]
    _, ways = best_ways(board.land, car, frame, rows, len(rows), NEVER)
    return Way(chain, at, visit, instead=False, crew=crew, ways=tuple(ways.tolist()))


def _option(board: Board, task: Task, way: Way, over_fen: int) -> Option:
    chain = board.chains[way.chain]
    crew = board.crews.first(way.crew) if way.crew >= 0 else chain.crew
    visits = chain.visits.copy()
    visits[way.at : way.at + way.instead] = [way.visit]
    after = duty_costs(board, way.chain, visits, way)
    before = duty_costs(board, way.chain, chain.visits, None)
    added = {f.name: getattr(after[0], f.name) - getattr(before[0], f.name) for f in fields(Costs)}
    return Option(
        vehicle=chain.slot.car.id,
        driver=0 if crew is None else crew.driver.id,
        start_s=next(s for member, s in way.visit.tasks if member.id == task.id),
        costs=Costs(**{**added, "quota_fen": over_fen}),
        deadhead_m=after[1] - before[1],
        new_duty=way.crew >= 0,
        way=way,
        shares=tuple(i for i in way.visit.ids if i != task.id),
    )


def duty_costs(board: Board, c: int, visits: Sequence[Visit], way: Way | None) -> tuple[Costs, int]:
    """What a chain's car costs with these visits, and its empty metres; `way`: if it is new."""
    chain = board.chains[c]
    car, problem = chain.slot.car, board.problem
    spent = chain.spent
    if way is not None:
        frame = board.frame_of(c, board.crews.first(way.crew) if way.crew >= 0 else None)
        spent = board.parts(frame, board.rows_of(visits), way.ways)
    others = any(board.chains[o].visits for o in board.of_car[car.id] if o != c)
    hour_fen = problem.driver_fen_per_hour
    seconds = [visit.end_s - visit.start_s for visit in visits]
    costs = Costs(
        use_fen=car.use_fen if visits else 0,
        loaded_fen=sum((visit.loaded_m * car.fen_per_km + 500) // 1000 for visit in visits),
        deadhead_fen=spent.km_fen,
        driver_fen=spent.fen
        - spent.km_fen
        - spent.toll_fen
        + sum((s * hour_fen + 1800) // 3600 for s in seconds),
        settlement_fen=sum(
            settlement_fen(problem, car.pool, task) for visit in visits for task, _ in visit.tasks
        ),
        idle_fen=0 if visits or others else chain.slot.idle_fen,
        toll_fen=spent.toll_fen
        + sum((visit.toll_fen * car.toll_percent + 50) // 100 for visit in visits),
        moved_fen=sum(visit.moved_fen(car.id) for visit in visits),
    )
    return costs, spent.metres
