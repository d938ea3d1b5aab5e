"""Whether a car and a driver may serve a request at all, whenever it is; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from dispatch import drivers, pools, requests, tariffs
from dispatch.kernel.calendar import business_day
from dispatch.orders.model import Fleet
from dispatch.orders.sharing import own_metres
from dispatch.orders.tasks import classes_for
from dispatch.pools import Car


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first rule that a car or driver breaks for a request, and its facts."""

    rule: str
    facts: dict[str, str | int]


def misfit(asked: Sequence[requests.Request], car: Car, driver: drivers.Driver) -> Misfit | None:
    """The first rule that this car with this driver would break; None: it may go."""
    return misfit_together(asked, car) or next(_driver_misfits(car, driver), None)


def car_misfit(request: requests.Request, car: Car, day: date | None = None) -> Misfit | None:
    """The first rule that this car would break whoever drives it.

    Args:
        request: to be served.
        car: that might.
        day: business day of the departure, where the caller knows it already.
    """
    why = pools.impediment(car, day or business_day(request.depart_at))
    if why is not None:
        return Misfit(why.rule, {"code": why.code, **why.facts})
    if car.confidential and car.pool_id != request.pool_id:
        return Misfit("H16", {"pool_id": car.pool_id})
    if request.passengers > car.seats - 1:
        return Misfit("H15", {"passengers": request.passengers, "seats": car.seats - 1})
    wished = classes_for(request.vehicle_class)
    if wished and car.vehicle_class not in wished:
        return Misfit("class", {"vehicle_class": car.vehicle_class})
    return None


def _driver_misfits(car: Car, driver: drivers.Driver) -> Iterator[Misfit]:
    if driver.pool_id != car.pool_id:
        yield Misfit("driver_pool", {"driver_pool": driver.pool_id, "car_pool": car.pool_id})
    needed = drivers.needed_licence(car.vehicle_class)
    if not drivers.suffices(driver.licence, needed):
        yield Misfit("licence", {"held": driver.licence, "needed": needed})


def misfit_together(asked: Sequence[requests.Request], car: Car) -> Misfit | None:
    """The first rule that this car would break with all of them on board; one is alone."""
    if len(asked) > 1:
        alone = next((r for r in asked if not requests.may_share(r)), None)
        if alone is not None:
            return Misfit("H21", {"request_id": alone.id})
        if car.confidential:
            return Misfit("H16", {"pool_id": car.pool_id})
        passengers = sum(r.passengers for r in asked)
        if passengers > car.seats - 1:
            return Misfit("H15", {"passengers": passengers, "seats": car.seats - 1})
    return next((wrong for r in asked if (wrong := car_misfit(r, car))), None)


def settlement_fen(request: requests.Request, car: Car, fleet: Fleet) -> int:
    """What the unit's platform pays the lender's by tariff; 0 at home."""
    if car.pool_id == request.pool_id:
        return 0
    price = tariffs.class_tariff(fleet.tariffs, car.vehicle_class, car.pool_id)
    return tariffs.kilometre_fee(price, own_metres(request))
