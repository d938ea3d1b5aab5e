"""What a plan costs, by kind: the checker's arithmetic, shared with no engine."""

from collections import Counter
from collections.abc import Iterable, Sequence

from optimizer.duty_rules import Read
from optimizer.plan import Costs, Rental
from optimizer.problem import Problem, RentalFirm, Task
from optimizer.ride_times import Party

DAY_S = 86_400


def costs(problem: Problem, duties: Iterable[Read], rentals: Sequence[Rental]) -> Costs:
    """All but `quota_fen`."""
    fen: Counter[str] = Counter()
    used: set[int] = set()
    kept: set[int] = set()
    for it in duties:
        used.add(it.car.id)
        fen["use_fen"] += it.car.use_fen
        _empty(problem, it, fen)
        _loaded(problem, it, fen)
        kept.update(party.task.id for party in it.parties if _as_published(it, party))
    fen["rental_fen"] = _rent(problem, rentals)
    fen["idle_fen"] = _idle(problem, used)
    announced = [t for t in problem.tasks if t.id not in kept]
    fen["moved_fen"] = sum(t.published.moved_fen for t in announced if t.published)
    return Costs(**fen)


def _empty(problem: Problem, it: Read, fen: "Counter[str]") -> None:
    times, rate, hour = it.times, it.car.fen_per_km, problem.driver_fen_per_hour
    for leg in times.legs:
        empty = leg.back + leg.out
        fen["deadhead_fen"] += by_km(empty.metres, rate)
        fen["driver_fen"] += by_hour(leg.away_s, hour)
        fen["toll_fen"] += by_percent(empty.toll_fen, it.car.toll_percent)
    fen["deadhead_fen"] += by_km(times.home.metres, rate)
    fen["driver_fen"] += by_hour(times.home.seconds, hour)
    fen["toll_fen"] += by_percent(times.home.toll_fen, it.car.toll_percent)


def _loaded(problem: Problem, it: Read, fen: "Counter[str]") -> None:
    for leg in it.times.legs:
        way = leg.work.driving
        fen["loaded_fen"] += by_km(way.metres, it.car.fen_per_km)
        fen["driver_fen"] += by_hour(leg.end_s - leg.start_s, problem.driver_fen_per_hour)
        fen["toll_fen"] += by_percent(way.toll_fen, it.car.toll_percent)
        fen["settlement_fen"] += sum(
            settled(problem, it.car.pool, party.task) for party in leg.work.parties
        )


def settled(problem: Problem, lender: int, task: Task) -> int:
    """What the payer's pool pays the lender's for the task."""
    terms = problem.settlement.get((lender, task.pool))
    if lender == task.pool or terms is None:
        return 0
    return terms.trip_fen + by_km(task.loaded_m, terms.fen_per_km)


def _as_published(it: Read, party: Party) -> bool:
    announced = party.task.published
    return announced is not None and (announced.vehicle, announced.start_s) == (
        it.car.id,
        party.on_s,
    )


def _idle(problem: Problem, used: set[int]) -> int:
    metres = problem.matrix.metres
    return sum(
        by_km(int(metres[v.at, v.home]), v.fen_per_km) for v in problem.vehicles if v.id not in used
    )


def _rent(problem: Problem, rentals: Sequence[Rental]) -> int:
    firms = {f.id: f for f in problem.firms}
    return sum(
        rent(firms[r.firm], problem.task_of[r.task])
        for r in rentals
        if r.firm in firms and r.task in problem.task_of
    )


def rent(firm: RentalFirm, task: Task) -> int:
    """What the firm asks for the task."""
    days = -(-task.duration_s // DAY_S)
    return firm.day_fen * days + by_km(task.loaded_m, firm.fen_per_km)


def by_km(metres: int, fen: int) -> int:
    """Fen for metres at fen a kilometre, rounded half up."""
    return (metres * fen + 500) // 1000


def by_hour(seconds: int, fen: int) -> int:
    """Fen for seconds at fen an hour, rounded half up."""
    return (seconds * fen + 1800) // 3600


def by_percent(fen: int, percent: int) -> int:
    """A toll for a car that pays so many percent of it, rounded half up."""
    return (fen * percent + 50) // 100
