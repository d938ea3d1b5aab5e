"""Which of the rides that could be shared a plan begins with: those that save most; pure.

Each request rides in one of them or alone. What a ride saves is judged by the cheapest car
that has the seats; which car it is, and whether it is one at all, the plan decides.
"""

from collections.abc import Iterable, Sequence

from dispatch.orders import costs
from dispatch.orders.sharing import Ride, own_metres
from dispatch.orders.tasks import classes_for
from dispatch.pools import Car
from dispatch.requests import Request

EXACT = 14
"""So many requests that could meet are divided in the best way; more by the best ride first."""


def chosen(found: Iterable[Ride], cars: Sequence[Car]) -> tuple[Ride, ...]:
    """Rides that share no request and save most together, in order of start."""
    open_cars = [car for car in cars if not car.confidential]
    worth = [(saved, ride) for ride in found if (saved := saves(ride, open_cars)) > 0]
    worth.sort(key=lambda one: (-one[0], _ids(one[1])))
    picked: list[Ride] = []
    for group in _apart(worth):
        ids = {i for _, ride in group for i in _ids(ride)}
        picked += _best(group) if len(ids) <= EXACT else _greedy(group)
    return tuple(sorted(picked, key=lambda ride: (ride.start, _ids(ride))))


def saves(ride: Ride, cars: Sequence[Car]) -> int:
    """Fen that the ride saves against everyone alone; below 0: nothing, or no car has the seats."""
    asked = [party.request for party in ride.parties]
    hours_s = int((ride.end - ride.start).total_seconds())
    together = _price(cars, asked, ride.passengers, ride.loaded_m, hours_s)
    if together is None:
        return -1
    alone = 0
    for request in asked:
        seconds = int((request.return_at - request.depart_at).total_seconds())
        price = _price(cars, [request], request.passengers, own_metres(request), seconds)
        alone += price or 0
    own = sum(own_metres(r) for r in asked if r.pool_id == ride.payer)
    lent = sum(map(own_metres, asked)) - own
    return alone - together - lent * costs.SETTLEMENT_FEN_PER_KM // 1000


def _price(
    cars: Sequence[Car], asked: Sequence[Request], passengers: int, metres: int, seconds: int
) -> int | None:
    fits = [
        costs.fen_per_km(car)
        for car in cars
        if car.seats > passengers and all(_suits(car, request) for request in asked)
    ]
    if not fits:
        return None
    driver = costs.DRIVER_FEN_PER_HOUR * seconds // 3600
    return costs.USE_FEN + min(fits) * metres // 1000 + driver


def _suits(car: Car, request: Request) -> bool:
    wished = classes_for(request.vehicle_class)
    return not wished or car.vehicle_class in wished


def _ids(ride: Ride) -> tuple[int, ...]:
    return tuple(sorted(party.request.id for party in ride.parties))


Worth = list[tuple[int, Ride]]


def _apart(worth: Worth) -> list[Worth]:
    """Rides by the groups of requests that they join."""
    group_of: dict[int, int] = {}
    groups: dict[int, Worth] = {}
    for n, (saved, ride) in enumerate(worth):
        joined = {group_of[i] for i in _ids(ride) if i in group_of}
        groups[n] = [one for g in joined for one in groups.pop(g)] + [(saved, ride)]
        for _, other in groups[n]:
            group_of |= dict.fromkeys(_ids(other), n)
    return list(groups.values())


def _greedy(worth: Worth) -> list[Ride]:
    taken: set[int] = set()
    picked = []
    for _, ride in sorted(worth, key=lambda one: (-one[0], _ids(one[1]))):
        if taken.isdisjoint(_ids(ride)):
            picked.append(ride)
            taken.update(_ids(ride))
    return picked


def _best(worth: Worth) -> list[Ride]:
    """The division of at most EXACT requests that saves most, by the sets still to be divided."""
    ids = sorted({i for _, ride in worth for i in _ids(ride)})
    bit = {i: 1 << k for k, i in enumerate(ids)}
    masks = [(sum(bit[i] for i in _ids(ride)), saved, ride) for saved, ride in worth]
    known: dict[int, tuple[int, list[Ride]]] = {0: (0, [])}

    def divide(left: int) -> tuple[int, list[Ride]]:
        if left not in known:
            first = left & -left
            best = divide(left ^ first)
            for mask, saved, ride in masks:
                if mask & first and mask & left == mask:
                    rest = divide(left ^ mask)
                    if saved + rest[0] > best[0]:
                        best = saved + rest[0], [ride, *rest[1]]
            known[left] = best
        return known[left]

    return divide((1 << len(ids)) - 1)[1]
