"""The city while time passes: cars that drive orders, and what the system may hear of it.

The world knows nothing of the system. It takes orders as drivers read them off their
phones and, moment by moment, gives what terminals, drivers and issuers would send.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from simulators import pump, toll
from simulators.city import City
from simulators.doses import CALM, Doses
from simulators.motion import Sight
from simulators.pump import Slip
from simulators.terminal import Mishap
from simulators.trip import Driven, Order, Tap, Trip
from simulators.vehicle import Vehicle

DEPOT_WATTS = 20_000
MARGIN_S = 480
DAY_S = 86_400
SIPHON_S = 240
CLONED_S = 4_500
PRIVATE_USE_AT_S = 20 * 3600 + 40 * 60


@dataclass(slots=True)
class Happened:
    """What came to pass up to a moment: reports by car, taps, receipts, finished trips."""

    reports: dict[str, list[Sight]] = field(default_factory=dict)
    taps: list[Tap] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    driven: list[Driven] = field(default_factory=list)
    private: list[tuple[str, int, int, int]] = field(default_factory=list)
    mishaps: list[tuple[str, Mishap]] = field(default_factory=list)


class World:
    """All cars and what is ahead of them.

    Args:
        city: whose cars.
        start: seconds since 1970 at which everything stands in its depot.
        doses: how much goes wrong.
        days: for so many days crimes are planned.
    """

    def __init__(self, city: City, start: int, doses: Doses = CALM, days: int = 0) -> None:
        self.city = city
        self.doses = doses
        self.now = start
        self.vehicles = {car.code: Vehicle(car, city.seed, start) for car in city.cars}
        self._free_at = dict.fromkeys(self.vehicles, start)
        self._node = {car.code: city.pool(car.pool).depot for car in city.cars}
        self._orders: dict[int, Order] = {}
        self._under_way: set[int] = set()
        self._heap: list[tuple[int, int, Callable[[int, Happened], None]]] = []
        self._count = itertools.count()
        self._taps: list[tuple[int, int, Tap]] = []
        self._plan_private_use(start)
        self._plan_crimes(start, days)

    def take(self, order: Order) -> None:
        """A driver learns of an order: accepts it soon, departs in time for it.

        A changed order replaces what was known under its id; one under way stays.
        """
        known = self._orders.get(order.id)
        if known == order or order.id in self._under_way:
            return
        self._orders[order.id] = order
        rng = self.city.rng("accept", order.key)
        soon = self.now + 1 + rng.randrange(20, 400)
        departs = max(self.now + 60, order.depart_at - self._lead_s(order))
        self._at(min(soon, departs - 30), lambda at, told: self._accept(order, at, told))
        self._at(departs, lambda at, told: self._depart(order, at, told))

    def drop(self, order_id: int) -> None:
        """An order is gone from the phone; one under way is driven to its end."""
        if order_id not in self._under_way:
            self._orders.pop(order_id, None)

    def waiting(self) -> set[int]:
        """Ids of orders that are known and not yet begun."""
        return set(self._orders) - self._under_way

    def taps_so_far(self, until: int) -> list[Tap]:
        """Taps on trips that are under way, up to a moment, each once; nobody changes them now.

        Who steps a clock sends them first, before a trip seems late that is over.
        """
        due = []
        while self._taps and self._taps[0][0] <= until:
            due.append(heapq.heappop(self._taps)[2])
        return due

    def on_the_road(self) -> set[str]:
        """Codes of cars that are on a trip which has not ended."""
        return {code for code, free_at in self._free_at.items() if free_at > self.now}

    def advance(self, until: int) -> Happened:
        """Let everything happen up to and including a moment, in order of time."""
        told = Happened()
        while self._heap and self._heap[0][0] <= until:
            at, _, act = heapq.heappop(self._heap)
            act(at, told)
        told.taps += self.taps_so_far(until)
        self.now = until
        for code, vehicle in self.vehicles.items():
            if reports := vehicle.reports(until):
                told.reports[code] = reports
        return told

    def seen_so_far(self, until: int) -> dict[str, list[Sight]]:
        """Reports of the cars that are on their way, as far as that is settled already.

        Whatever people decide meanwhile changes none of them. Who steps a clock gives them to
        the system first, before a car on the road seems silent.
        """
        found = {
            code: self.vehicles[code].reports(min(until, free_at - 1))
            for code, free_at in self._free_at.items()
            if free_at > self.now + 1
        }
        return {code: sights for code, sights in found.items() if sights}

    def _at(self, at: int, act: Callable[[int, Happened], None]) -> None:
        heapq.heappush(self._heap, (max(at, self.now + 1), next(self._count), act))

    def _lead_s(self, order: Order) -> int:
        there_s = self.city.roads.route(self._node[order.car], order.from_node).seconds
        return int(there_s * 1.05) + MARGIN_S

    def _accept(self, order: Order, at: int, told: Happened) -> None:
        if self._orders.get(order.id) is order:
            told.taps.append(Tap(at, order, "accept"))

    def _depart(self, order: Order, at: int, told: Happened) -> None:
        if self._orders.get(order.id) is not order:
            return
        if self._free_at[order.car] > at:
            later = self._free_at[order.car] + 90
            self._at(later, lambda at, told: self._depart(order, at, told))
            return
        self._under_way.add(order.id)
        self._unplug(order.car, at, told)
        vehicle = self.vehicles[order.car]
        rng = self.city.rng("trip", order.key)
        trip = Trip(
            self.city, vehicle, order, rng, at, self._node[order.car], self._onward(order),
            self.doses,
        )  # fmt: skip
        driven = trip.run()
        self._node[order.car] = driven.end_node
        self._free_at[order.car] = driven.returned_at
        for tap in trip.taps:
            self._tell(tap.at, told.taps, tap)
        for slip in trip.slips:
            self._at(slip.send_at, partial(_book, slip))
        self._at(driven.returned_at, lambda at, told: self._returned(driven, at, told))

    def _onward(self, order: Order) -> Order | None:
        later = [
            o for o in self._orders.values() if o.car == order.car and o.depart_at > order.depart_at
        ]
        return min(later, key=lambda o: (o.depart_at, o.id), default=None)

    def _tell(self, at: int, now: list[Tap], tap: Tap) -> None:
        if tap.kind == "depart":
            now.append(tap)
        else:
            heapq.heappush(self._taps, (at, next(self._count), tap))

    def _returned(self, driven: Driven, at: int, told: Happened) -> None:
        told.driven.append(driven)
        self._under_way.discard(driven.order.id)
        self._orders.pop(driven.order.id, None)
        vehicle = self.vehicles[driven.order.car]
        kind = vehicle.car.kind
        at_home = driven.end_node == self.city.pool(vehicle.car.pool).depot
        if at_home and kind.battery_wh and vehicle.wh < kind.battery_wh * 0.85:
            full_at = vehicle.plug_in(at + 240, DEPOT_WATTS)
            self._at(full_at + 60, lambda at, told: self._unplug(vehicle.car.code, at, told))

    def _unplug(self, code: str, at: int, told: Happened) -> None:
        vehicle = self.vehicles[code]
        if wh := vehicle.unplug(at):
            pool = self.city.pool(vehicle.car.pool)
            receipt = pump.charge(vehicle.car, at, wh, pool.name, pool.lon, pool.lat, public=False)
            slip = Slip(code, pump.issuer_of(receipt), receipt, at + 45)
            self._at(at + 45, partial(_book, slip))

    def _plan_private_use(self, start: int) -> None:
        """One car of the first evening goes for a drive that nobody ordered."""
        rng = self.city.rng("private use")
        car = rng.choice([c for c in self.city.cars if c.cls == "suv"])
        at = start + PRIVATE_USE_AT_S + rng.randrange(1_800)
        self._at(at, lambda at, told: self._use_privately(car.code, at, told))

    def _plan_crimes(self, start: int, days: int) -> None:
        """Fuel that is stolen by night, tolls that somebody else drives with a car's plate."""
        for code, vehicle in self.vehicles.items():
            rng = self.city.rng("crimes", code)
            for day in range(days):
                midnight = start + day * DAY_S
                if rng.random() < self.doses.thefts and vehicle.car.kind.battery_wh is None:
                    at, ml = (
                        midnight + rng.randrange(3_600, 4 * 3_600),
                        rng.randrange(9_500, 25_000),
                    )
                    self._at(at, partial(self._steal, code, ml))
                if rng.random() < self.doses.cloned_tolls:
                    at = midnight + rng.randrange(9 * 3_600, 18 * 3_600)
                    self._at(at, partial(self._clone, code))

    def _steal(self, code: str, ml: int, at: int, told: Happened) -> None:
        if self._free_at[code] <= at and self._node[code].startswith("depot"):
            taken = self.vehicles[code].siphon(at, at + SIPHON_S, ml)
            self._free_at[code] = at + SIPHON_S
            told.mishaps.append((code, Mishap("theft", at, at + SIPHON_S, taken)))

    def _clone(self, code: str, at: int, told: Happened) -> None:
        """Somebody pays between two far places; the car may be anywhere but there."""
        car = self.vehicles[code].car
        nodes = [n for n in self.city.roads.nodes.values() if n.kind == "outside"]
        entry, leave = self.city.rng("clone", code, at).sample(nodes, 2)
        receipt = toll.elsewhere(car, at - CLONED_S, at, entry, leave)
        send_at = at + self.city.rng("clone posted", code, at).randrange(600, 7_200)
        slip = Slip(code, pump.issuer_of(receipt), receipt, send_at)
        self._at(send_at, partial(_book, slip))
        told.mishaps.append((code, Mishap("cloned-toll", at - CLONED_S, at)))

    def _use_privately(self, code: str, at: int, told: Happened) -> None:
        if self._free_at[code] > at or not self._node[code].startswith("depot"):
            return
        vehicle, pool = self.vehicles[code], self.city.pool(self.vehicles[code].car.pool)
        towns = [n.id for n in self.city.roads.nodes.values()
                 if n.kind == "town" and n.adcode == self.city.seat(pool)]  # fmt: skip
        town = self.city.rng("private town").choice(towns)
        before_m = vehicle.odometer_m
        out = vehicle.drive(at, self.city.roads.route(pool.depot, town))
        vehicle.stand(out.end, ignition=False, why="private", end=out.end + 3_000)
        back = vehicle.drive(out.end + 3_000, self.city.roads.route(town, pool.depot))
        vehicle.park(back.end)
        self._free_at[code] = back.end
        told.private.append((code, at, back.end, int(vehicle.odometer_m - before_m)))


def _book(slip: Slip, _: int, told: Happened) -> None:
    told.slips.append(slip)
