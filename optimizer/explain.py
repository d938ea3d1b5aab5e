"""Why this car, why a rental, what a new plan changes: as data that can be shown or stored."""

from dataclasses import asdict, dataclass

from optimizer.board import Board
from optimizer.insert import Option, duty_costs, insert
from optimizer.plan import Bound, Costs, Levels, Plan, Refused
from optimizer.problem import Problem
from optimizer.promise import Room, room_for


@dataclass(frozen=True, slots=True)
class Alternative:
    """A car for the task beside all else that is planned; `chosen`: the plan's own.

    Attributes:
        dearer_fen: than the cheapest of all.
    """

    vehicle: int
    driver: int
    start_s: int
    costs: Costs
    fen: int
    dearer_fen: int
    deadhead_m: int
    new_duty: bool
    shares: tuple[int, ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the plan is known to be."""

    levels: Levels
    bound: Bound
    gap: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a task is served as it is.

    Attributes:
        served_by: the car; None: it is rented or unserved.
        alternatives: with the task taken off and all else as planned, the cheapest first.
            Where its duty does not hold without it, with that duty's other tasks off, too.
            The plan's own car need not be first: the others' gain may be another task's loss.
        together: the duty's other tasks, where it does not hold without this one.
        duty_costs: what the whole duty costs then; the plan's car need not be able to serve
            the task alone, and is refused then.
        refused: every car that cannot, with the first rule broken.
        forced: of a task that no own car serves what forcing it onto one would displace;
            None: nothing could make room, or it needs none.
        least_rentals: level 2 of the bound: no plan that serves as much has fewer rentals.
    """

    task: int
    served_by: int | None
    alternatives: tuple[Alternative, ...]
    refused: tuple[Refused, ...]
    forced: Room | None
    least_rentals: int
    quality: Quality
    together: tuple[int, ...] = ()
    duty_costs: Costs | None = None


def explain(problem: Problem, plan: Plan, task_id: int, *, limit: int = 5) -> Explanation:
    """Why a task of a plan is served as it is.

    Args:
        problem: the plan's.
        plan: valid.
        task_id: not fixed.
        limit: so many alternatives at most.

    Raises:
        KeyError: the problem has no such task.
    """
    task = problem.task_of[task_id]
    board = Board.of(problem, plan.duties, plan.rentals)
    chain = board.chain_of.get(task_id)
    own = None if chain is None else board.chains[chain].slot.car.id
    together: tuple[int, ...] = ()
    whole: Costs | None = None
    if own is not None and chain is not None and not board.drop(task_id):
        visits = board.chains[chain].visits
        together = tuple(i for visit in visits for i in visit.ids if i != task_id)
        whole = duty_costs(board, chain, visits, None)[0]
        board.clear(task_id)
    answer = insert(board, task, limit=len(problem.vehicles))
    options = answer.options[:limit]
    options += tuple(o for o in answer.options[limit:] if o.vehicle == own)
    forced = room_for(board, task) if own is None and not answer.options else None
    return Explanation(
        task=task_id,
        served_by=own,
        alternatives=tuple(_alternative(o, answer.options[0], own) for o in options),
        refused=answer.refused,
        forced=forced,
        least_rentals=plan.bound.rentals,
        quality=Quality(plan.levels, plan.bound, plan.gap, plan.seconds),
        together=together,
        duty_costs=whole,
    )


def as_data(explanation: Explanation) -> dict[str, object]:
    """The same as dictionaries, lists, numbers and strings, for JSON."""
    return asdict(explanation)


def _alternative(option: Option, cheapest: Option, own: int | None) -> Alternative:
    return Alternative(
        vehicle=option.vehicle,
        driver=option.driver,
        start_s=option.start_s,
        costs=option.costs,
        fen=option.costs.fen,
        dearer_fen=option.costs.fen - cheapest.costs.fen,
        deadhead_m=option.deadhead_m,
        new_duty=option.new_duty,
        shares=option.shares,
        chosen=option.vehicle == own,
    )
