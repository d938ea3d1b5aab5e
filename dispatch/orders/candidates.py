"""The answer to "which car?": ranked, and for every other car one reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import optimizer
from dispatch import requests
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn
from dispatch.orders import store
from dispatch.orders.boards import boards_for
from dispatch.orders.day_boards import Boards
from dispatch.orders.insertion import Found, all_fits
from dispatch.orders.match import car_misfit, settlement_fen
from dispatch.orders.messages import message
from dispatch.orders.model import Fleet, Period
from dispatch.orders.refusals import Refusals
from dispatch.orders.sharing import own_metres


@dataclass(frozen=True, slots=True)
class Split:
    """Fen by kind, each beside what is held already."""

    deadhead_fen: int
    loaded_fen: int
    use_fen: int
    driver_fen: int
    toll_fen: int
    settlement_fen: int

    @property
    def fen(self) -> int:
        """Their sum."""
        own = self.deadhead_fen + self.loaded_fen + self.use_fen + self.driver_fen
        return own + self.toll_fen + self.settlement_fen


@dataclass(frozen=True, slots=True)
class Alternative:
    """A car with a driver that can serve the request; money in fen, beside what is held.

    Attributes:
        chain: it comes straight from where its trip before ends.
    """

    vehicle_id: int
    plate: str
    vehicle_class: str
    driver_id: int
    driver_name: str
    pool_id: int
    pool_name: str
    cross_pool: bool
    start_at: datetime
    chain: bool
    cost_fen: int
    split: Split
    deadhead_m: int


@dataclass(frozen=True, slots=True)
class Ineligible:
    """A car that cannot, the first rule it breaks, its facts and its sentences."""

    vehicle_id: int
    plate: str
    rule: str
    facts: dict[str, str | int]
    message: str
    message_en: str


@dataclass(frozen=True, slots=True)
class RentalOffer:
    """The cheapest rental firm with a car left."""

    firm_id: int
    name: str
    price_fen: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """All cars of all platforms; `rental` is a price, not a permission."""

    alternatives: tuple[Alternative, ...]
    ineligible: tuple[Ineligible, ...]
    rental: RentalOffer | None
    pool_code: str


async def find(conn: Conn, request: requests.Request, now: datetime) -> Candidates:
    """Every car of every platform for a request, beside all that is held."""
    boards = await boards_for(conn, request, now)
    fleet = boards.day.fleet
    found = _fits(boards, request, now)
    alternatives = [_alternative(boards, request, fleet, option) for option in found.options]
    span = Period(request.depart_at, request.return_at)
    return Candidates(
        alternatives=tuple(sorted(alternatives, key=lambda a: (a.cost_fen, a.vehicle_id))),
        ineligible=tuple(refusals(boards, request, found)),
        rental=_rental(request, fleet, await store.rented(conn, span)),
        pool_code=next(p.code for p in fleet.pools if p.id == request.pool_id),
    )


def _fits(boards: Boards, request: requests.Request, now: datetime) -> Found:
    """With who drives a car already; else with another driver, who takes it at the depot."""
    first = all_fits(boards.day, boards.held, request, now)
    cars = {r.vehicle for r in first.refused} & boards.legs.keys()
    if not cars:
        return first
    more = all_fits(boards.day, boards.between, request, now, only=cars).options
    able = {option.vehicle for option in more}
    left = tuple(r for r in first.refused if r.vehicle not in able)
    return Found((*first.options, *more), left)


def _alternative(
    boards: Boards, request: requests.Request, fleet: Fleet, option: optimizer.Option
) -> Alternative:
    day, costs, way = boards.day, option.costs, option.way
    car = day.car_of[option.vehicle]
    driver = day.driver_of[option.driver]
    split = Split(
        deadhead_fen=costs.deadhead_fen + costs.idle_fen,
        loaded_fen=costs.loaded_fen,
        use_fen=costs.use_fen,
        driver_fen=costs.driver_fen,
        toll_fen=costs.toll_fen,
        settlement_fen=settlement_fen(request, car, fleet),
    )
    return Alternative(
        vehicle_id=car.id,
        plate=car.plate,
        vehicle_class=car.vehicle_class,
        driver_id=driver.id,
        driver_name=driver.name,
        pool_id=car.pool_id,
        pool_name=next(p.name for p in fleet.pools if p.id == car.pool_id),
        cross_pool=car.pool_id != request.pool_id,
        start_at=day.at(option.start_s),
        chain=way.at > 0 and way.ways[way.at] not in VIA_HOME,
        cost_fen=split.fen,
        split=split,
        deadhead_m=option.deadhead_m,
    )


VIA_HOME = (1, 2)
"""Ways to a visit, as the optimizer numbers them, on which the car is at home."""


def refusals(boards: Boards, request: requests.Request, found: Found) -> Iterator[Ineligible]:
    """Every car that is left, with the first rule it breaks."""
    day, on = boards.day, business_day(request.depart_at)
    able = {option.vehicle for option in found.options}
    why = {refused.vehicle: refused for refused in found.refused}
    words = Refusals(day, request)
    for car in day.fleet.cars:
        if car.id in able:
            continue
        wrong = car_misfit(request, car, on)
        if wrong is None:
            wrong = words.misfit(car, why[car.id], boards.legs.get(car.id, ()))
        yield Ineligible(car.id, car.plate, wrong.rule, wrong.facts, *message(wrong))


def rental_fen(request: requests.Request, day_price_fen: int, km_price_fen: int) -> int:
    """A rental's price: days begun and kilometres with the party."""
    days = -(-(request.return_at - request.depart_at) // timedelta(days=1))
    return days * day_price_fen + (own_metres(request) * km_price_fen + 500) // 1000


def _rental(request: requests.Request, fleet: Fleet, rented: dict[int, int]) -> RentalOffer | None:
    offers = [
        RentalOffer(f.id, f.name, rental_fen(request, f.day_price_fen, f.km_price_fen))
        for f in fleet.firms
        if rented.get(f.id, 0) < f.vehicles
    ]
    return min(offers, key=lambda o: (o.price_fen, o.firm_id), default=None)
