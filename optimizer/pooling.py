"""Shared rides as a step before planning: every order of calls that a car could drive.

Parties that may share are few (5 to 10 % of the tasks) and their windows short, so all orders
are listed; each becomes a composite task, which competes with its members in the plan. After
J. Alonso-Mora, S. Samaranayake, A. Wallar, E. Frazzoli, D. Rus, "On-demand high-capacity
ride-sharing via dynamic trip-vehicle assignment", PNAS 114 (2017) 462; with orders of calls in
place of cliques, since a group may be feasible where a part of it is not.
"""

from dataclasses import dataclass

from optimizer.calls import DRIVING, END, METRES, NONE, PEAK, START, TOLL, Rides, all_rides
from optimizer.limits import MOST_PARTIES
from optimizer.parties import Parties
from optimizer.plan import Call
from optimizer.problem import Problem
from optimizer.ride_orders import worth_planning


@dataclass(frozen=True, slots=True)
class RideStart:
    """A ride begun at one moment.

    Attributes:
        start_s: the first party gets on.
        duration_s: to the end of the last call.
        driving_s: the part of it that is driving.
        on_s: when each party gets on, in the order of `Ride.tasks`.
    """

    start_s: int
    duration_s: int
    driving_s: int
    on_s: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ride:
    """Tasks served together, in one order of calls.

    Attributes:
        tasks: ids in the order of getting on.
        origin, destination: places of the first and the last call.
        loaded_m, toll_fen: of the way from call to call.
        passengers: most on board at once.
        pools: who pays, for each of `tasks`.
        classes: vehicle classes that all of them allow; empty: any.
        starts: when it can begin.
    """

    tasks: tuple[int, ...]
    calls: tuple[Call, ...]
    origin: int
    destination: int
    loaded_m: int
    toll_fen: int
    passengers: int
    pools: tuple[int, ...]
    classes: tuple[str, ...]
    starts: tuple[RideStart, ...]


def rides_of(problem: Problem, most_parties: int = MOST_PARTIES) -> tuple[Ride, ...]:
    """All rides of 2 to most_parties parties that some car could drive, in a fixed order.

    Left out is only what costs nothing: an order of calls than which another is at least as
    good in every plan, of the same parties, from and to the same places, with the same start.
    Where there would be more than MOST_RIDES, there are only those of `parties_listed` parties.
    """
    parties = Parties.of(problem)
    rides = _listed(parties, most_parties)
    if rides is None:
        return ()
    kept = worth_planning(parties, rides)
    calls, on_s = rides.calls[kept].tolist(), rides.on_s[kept].tolist()
    starts: dict[tuple[int, ...], list[tuple[list[int], list[int]]]] = {}
    for way, on, figures in zip(calls, on_s, rides.figures[kept].tolist(), strict=True):
        starts.setdefault(tuple(call for call in way if call != NONE), []).append((on, figures))
    return tuple(_ride(parties, way, starts[way]) for way in sorted(starts))


def parties_listed(problem: Problem) -> int:
    """The most parties of a ride that `rides_of` lists; 1: it lists none.

    A bound over fewer than MOST_PARTIES holds for plans with such rides only.
    """
    parties = Parties.of(problem)
    fine = (n for n in range(MOST_PARTIES, 1, -1) if all_rides(parties, n) is not None)
    return next(fine, 1)


def _listed(parties: Parties, most_parties: int) -> Rides | None:
    found = (all_rides(parties, n) for n in range(most_parties, 1, -1))
    return next((rides for rides in found if rides is not None), None)


def _ride(
    parties: Parties, calls: tuple[int, ...], starts: list[tuple[list[int], list[int]]]
) -> Ride:
    tasks = [parties.tasks[call >> 1] for call in calls if not call & 1]
    asked = [set(task.classes) for task in tasks if task.classes]
    figures = starts[0][1]
    return Ride(
        tasks=tuple(task.id for task in tasks),
        calls=tuple(Call(parties.tasks[call >> 1].id, on=not call & 1) for call in calls),
        origin=int(parties.places[calls[0]]),
        destination=int(parties.places[calls[-1]]),
        loaded_m=figures[METRES],
        toll_fen=figures[TOLL],
        passengers=figures[PEAK],
        pools=tuple(task.pool for task in tasks),
        classes=tuple(sorted(set.intersection(*asked))) if asked else (),
        starts=tuple(
            RideStart(at[START], at[END] - at[START], at[DRIVING], tuple(on[: len(tasks)]))
            for on, at in sorted(starts, key=lambda pair: pair[1][START])
        ),
    )
