"""From a problem to a plan: greedy, column generation, integer program, bounds, proofs."""

import time
from dataclasses import replace

from optimizer.baseline import Decisions, Rent, greedy
from optimizer.board import Board
from optimizer.budget import Limits
from optimizer.check import judge
from optimizer.dive import dives
from optimizer.engine import MOST_CHOICES, Engine
from optimizer.insert import insert
from optimizer.lanes import starts_of
from optimizer.large import plan_large
from optimizer.levels import least_levels, reached
from optimizer.links import unlimited
from optimizer.master import EngineFailed
from optimizer.plan import Bound, Plan, Rental, RentalProof, Unserved
from optimizer.problem import Problem
from optimizer.progress import Phase, Progress, Report, Stop, never, silent
from optimizer.scale import Found
from optimizer.streams import Streams
from optimizer.terrain import NEVER
from optimizer.warming import warm

MOST_STARTS = 500
# Where nothing adds up along a duty: of more tasks, whole duties are found by dives.
MOST_CHOSEN = 150
ROUNDS = 4000
# Of the time that is left: for the columns, for those with the rentals that there must be, for
# the way down, for the integer program over all of them.
COLUMNS_SHARE, REQUIRED_SHARE, DOWN_SHARE, CHOICE_SHARE = 0.65, 0.4, 0.4, 0.6
# A plan so close to the bound, relatively, needs no duties from another way down; one so near
# to it no other choice among them.
CLOSE, NEAR = 0.001, 0.0003
# First choices are of so many columns, over all of them there is less to find in the same time.
CHOICES_A_TASK, LEAST_CHOICES = 8, 1_000
# Proofs name every car for every rental; beyond so many they are left to who asks.
MOST_REASONS = 200_000
# Of the time, for the last part to end and for the checker.
SPARE_SHARE, MOST_SPARE_S = 0.1, 15.0


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    rounds: int = ROUNDS,
    processes: int = 1,
    report: Report = silent,
    stop: Stop = never,
    bound_seconds: float = 0.0,
) -> Plan:
    """Plan in this process, and for large days in another beside it.

    Args:
        problem: what to plan.
        seconds: aim of wall time, beside loading the kernels in the first call of a process
            (`warm`); a plan comes back in any case.
        seed: of what is drawn on large days, and recorded with the plan.
        rounds: most pricing rounds, or parts of a large day; with fewer than usual, when the
            seconds suffice, the plan depends on this, the seed and `processes` alone.
        processes: 2: a large day is planned by two.
        report: called with the `Progress` now and then.
        stop: asked now and then; when it says yes, the best plan so far comes back.
        bound_seconds: for the bound of a large day, after the plan; without, it is looked for
            in the plan's own time.

    Raises:
        EngineFailed: the checker objects to what was found, which is a bug.
    """
    warm()
    began = time.perf_counter()
    plain = greedy(problem)
    plan = dress(problem, plain, seed=seed)
    report(Progress("greedy", plan.levels, plan.bound, time.perf_counter() - began, 0))
    open_tasks = [task for task in problem.tasks if task.fixed is None]
    starts = sum(len(starts_of(problem, task)) for task in open_tasks)
    if starts > MOST_STARTS and not unlimited(problem):
        now, left = time.monotonic(), began + seconds - time.perf_counter()
        until = now + left - min(MOST_SPARE_S, SPARE_SHARE * seconds)
        beside = processes > 1 and rounds >= ROUNDS
        limits = Limits(now, until, rounds, processes, stop, bound_seconds, beside)
        plan = _large(problem, plan, limits, report)
    elif open_tasks:
        report(Progress("columns", plan.levels, plan.bound, time.perf_counter() - began, 0))
        plan = _improve(problem, plain, plan, (began + seconds, rounds, stop), report)
    else:
        plan = replace(plan, bound=Bound("nothing-to-decide", fen=plan.levels.fen))
    return _timed(plan, began)


def _large(problem: Problem, plan: Plan, limits: Limits, report: Report) -> Plan:
    """A large day; what it reports is of the search, before the last look at it."""
    began = limits.began - (time.monotonic() - limits.began)

    def tell(phase: Phase, found: Found, bound: Bound) -> None:
        seconds = time.monotonic() - began
        report(Progress(phase, found.levels, bound, seconds, found.tried))

    plain = Decisions(plan.duties, plan.rentals, plan.unserved)
    large = plan_large(problem, plain, plan.levels, limits, seed=plan.seed, tell=tell)
    best = _better(problem, plan, large.decisions)
    return replace(
        best,
        bound=large.bound_of(best.levels),
        certificates=large.certificates_of(best.levels),
        engine="neighbourhoods",
        iterations=large.tried,
        bound_seconds=large.bound_seconds,
    )


def greedy_plan(problem: Problem, *, seed: int = 1, fallback: str | None = None) -> Plan:
    """The watchdog's plan; `fallback` says why there is no better one."""
    began = time.perf_counter()
    plan = dress(problem, greedy(problem), seed=seed)
    return _timed(replace(plan, fallback=fallback), began)


def dress(problem: Problem, decisions: Decisions, *, seed: int) -> Plan:
    """Decisions with their costs as the checker finds them, and the rental proofs.

    Raises:
        EngineFailed: the checker finds something wrong with them.
    """
    decisions = _settled(problem, decisions)
    duties, rentals, unserved = decisions.duties, decisions.rentals, decisions.unserved
    verdict = judge(problem, duties, rentals, unserved)
    if verdict.violations:
        raise EngineFailed(f"the checker objects: {verdict.violations[:3]}")
    return Plan(
        duties=duties,
        rentals=rentals,
        unserved=unserved,
        costs=verdict.costs,
        levels=verdict.levels,
        greedy=verdict.levels,
        matrix_version=problem.matrix.version,
        seed=seed,
        proofs=_proofs(problem, decisions),
    )


def _improve(
    problem: Problem,
    plain: Decisions,
    plan: Plan,
    limits: tuple[float, int, Stop],
    report: Report,
) -> Plan:
    deadline, rounds, stop = limits
    started = time.perf_counter()

    def tell(phase: Phase, found: Plan, bound: Bound) -> None:
        seconds = time.perf_counter() - started
        report(Progress(phase, found.levels, bound, seconds, engine.rounds))

    engine = Engine(problem, plain, plan.levels, deadline, stop=stop)
    generated = engine.generate(rounds, COLUMNS_SHARE)
    if isinstance(engine.generator, Streams) and len(problem.tasks) > MOST_CHOSEN:
        best, least = _dived(plan, engine, engine.generator), None
    else:
        best, least = _descended(plan, engine, rounds)
    generated = engine.generated or generated
    if generated.bound <= -NEVER or (least is None and engine.left() <= 0):
        return replace(best, bound=Bound("none"), iterations=engine.rounds)
    tell("bound", best, Bound("none"))
    if least is None:
        least = least_levels(engine, best.levels, rounds)
    anew = reached(engine, best.levels, least) if engine.left() > 0 else best.levels
    if (anew.unserved, anew.rentals) < (best.levels.unserved, best.levels.rentals):
        best = _better(problem, best, engine.choose(anew))
    at = best.levels
    bound = least if at.unserved == least.unserved else replace(least, rentals=0)
    if (bound.unserved, bound.rentals) == (at.unserved, at.rentals):
        fen = engine.fen_bound(generated, at)
        bound = replace(bound, fen=fen)
        tell("proofs", best, bound)
        proven = engine.complete(generated, at) if fen < at.fen and engine.left() > 1 else None
        if proven is not None:
            best = _better(problem, best, proven)
            bound = replace(bound, kind="lagrangian, then all duties below the gap")
            bound = replace(bound, fen=best.levels.fen)
    spent = time.perf_counter() - started
    best = replace(best, certificates=tuple(engine.certificates))
    return replace(best, bound=bound, iterations=engine.rounds, bound_seconds=spent)


def _dived(best: Plan, engine: Engine, streams: Streams) -> Plan:
    for decisions in dives(engine, streams):
        best = _better(engine.problem, best, decisions)
    return best


def _descended(best: Plan, engine: Engine, rounds: int) -> tuple[Plan, Bound | None]:
    """The best plan on several ways down, and the least levels if there was time for them."""
    if engine.left() <= 0:
        return best, None
    problem, least = engine.problem, least_levels(engine, best.levels, rounds)
    if least.rentals and least.unserved == best.levels.unserved:
        engine.require(least.rentals, rounds, REQUIRED_SHARE)
    best = _better(problem, best, engine.plunge(DOWN_SHARE))
    if not engine.near(best.levels, CLOSE):
        best = _better(problem, best, engine.descend(DOWN_SHARE))
    columns = max(LEAST_CHOICES, CHOICES_A_TASK * len(problem.tasks))
    for most in (columns, MOST_CHOICES):
        if engine.left() > 1 and not engine.near(best.levels, NEAR):
            best = _better(problem, best, engine.choose(share=CHOICE_SHARE, columns=most))
    return best, least


def _better(problem: Problem, plan: Plan, decisions: Decisions | None) -> Plan:
    if decisions is None:
        return plan
    other = dress(problem, decisions, seed=plan.seed)
    if other.levels > plan.levels:
        return plan
    return replace(other, greedy=plan.greedy, engine="columns")


def _settled(problem: Problem, decisions: Decisions) -> Decisions:
    """Give what is rented or unserved to a car, or to a firm, that can take it after all."""
    tasks = {t.id: t for t in problem.tasks}
    board, rent = Board.of(problem, decisions.duties, decisions.rentals), Rent(problem)
    rentals: list[Rental] = []
    unserved: list[Unserved] = []
    others: list[Unserved | Rental] = [*decisions.unserved, *decisions.rentals]
    for item in others:
        answer = insert(board, tasks[item.task], limit=1, explain=False)
        if answer.options:
            board.take(tasks[item.task], answer.options[0].way)
        elif isinstance(item, Unserved):
            unserved.append(item)
        else:
            rentals.append(item)
    for rental in rentals:
        rent.hold(tasks[rental.task], rental.firm)
    for left in tuple(unserved):
        within = board.quota(tasks[left.task])[0] is not None
        firm = rent.take(tasks[left.task]) if within else None
        if firm is not None:
            board.hire(tasks[left.task])
            unserved.remove(left)
            rentals.append(Rental(left.task, firm))
    return Decisions(board.duties(), tuple(rentals), tuple(unserved))


def _proofs(problem: Problem, decisions: Decisions) -> tuple[RentalProof, ...]:
    if len(decisions.rentals) * len(problem.vehicles) > MOST_REASONS:
        return ()
    tasks = {t.id: t for t in problem.tasks}
    board = Board.of(problem, decisions.duties, decisions.rentals)
    return tuple(
        RentalProof(rental.task, insert(board, tasks[rental.task]).refused)
        for rental in decisions.rentals
    )


def _timed(plan: Plan, began: float) -> Plan:
    return replace(plan, seconds=round(time.perf_counter() - began, 3))
