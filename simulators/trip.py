"""One order as it is driven: the car's acts, the driver's taps, what is bought on the way.

A trip is thought through when the car departs; what comes of it is told by the moment at
which it happens, so the system hears of nothing before its time.
"""

import random
from dataclasses import dataclass, field, replace
from typing import Literal

from simulators import pump, toll
from simulators.city import City
from simulators.doses import CALM, Doses
from simulators.pump import Slip
from simulators.vehicle import Vehicle
from telemetry.wire import Receipt

TapKind = Literal["accept", "depart", "onboard", "arrive", "return", "receipt"]
LATE_SHARE = 0.12
PUBLIC_WATTS = 60_000
HURRY = 1.45


@dataclass(frozen=True, slots=True)
class Rider:
    """A party of a shared ride: where it gets on and is brought back to, and when."""

    id: int
    order_no: str
    node: str
    on_at: int
    off_at: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a driver reads off the phone; places are nodes, times seconds since 1970.

    Attributes:
        riders: of a shared ride, in the order of getting on, the order's own party first.
    """

    id: int
    order_no: str
    car: str
    driver: str
    kind: str
    from_node: str
    to_node: str
    depart_at: int
    return_at: int
    riders: tuple[Rider, ...] = ()

    @property
    def key(self) -> str:
        """What the order is about, whatever number it got."""
        return f"{self.car}:{self.from_node}:{self.to_node}:{self.depart_at}"


@dataclass(frozen=True, slots=True)
class Tap:
    """A driver's tap on the phone, at the phone's own time."""

    at: int
    order: Order
    kind: TapKind
    odometer_m: int | None = None
    lon: float | None = None
    lat: float | None = None
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Driven:
    """The truth about a trip: when and how far, and what of it was without passengers."""

    order: Order
    departed_at: int
    returned_at: int
    metres: int
    empty_m: int
    end_node: str


@dataclass(slots=True, eq=False)
class Trip:
    """A trip while it is thought through.

    Attributes:
        from_node: where the car stands when it departs.
        onward: what the car does next, if it is already known.
        doses: how much goes wrong.
    """

    city: City
    vehicle: Vehicle
    order: Order
    rng: random.Random
    now: int
    from_node: str
    onward: Order | None = None
    doses: Doses = CALM
    taps: list[Tap] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)

    def run(self) -> Driven:
        """Drive the whole order and back to the depot, or be where the next one begins."""
        order, vehicle = self.order, self.vehicle
        start, out_m = self.now, vehicle.odometer_m
        self._tap("depart", odometer=True)
        self._go(self.from_node, order.from_node)
        self._stand_until(max(self.now + 120, order.depart_at), "boarding", ignition=True)
        empty_m = vehicle.odometer_m - out_m
        self._tap("onboard")
        self._enough_for(order.from_node, order.to_node)
        self._go(self._pick_up(), order.to_node)
        self._tap("arrive")
        last = order.to_node
        if order.kind == "drop_off":
            self._stand_until(self.now + 180, "alighting", ignition=True)
        else:
            last = self._bring_back()
        left_m = vehicle.odometer_m
        self._refill(last, below=0.4)
        depot = self.city.pool(vehicle.car.pool).depot
        if self._home_in_between(last, depot):
            self._go(last, depot)
            vehicle.park(self.now)
            last = depot
        else:
            vehicle.stand(self.now, ignition=False, why="between orders")
        if order.kind == "drop_off":
            empty_m += vehicle.odometer_m - left_m
        self.now += 60 + self.rng.randrange(120)
        self._tap("return", odometer=True)
        metres = int(vehicle.odometer_m) - int(out_m)
        return Driven(order, start, self.now, metres, round(empty_m), last)

    def _pick_up(self) -> str:
        """Call at everybody else who rides, where they wait. Returns: the last place."""
        at = self.order.from_node
        for rider in self.order.riders[1:]:
            self._go(at, rider.node)
            self._stand_until(max(self.now + 60, rider.on_at), "boarding", ignition=True)
            self._tap("onboard", of=rider)
            at = rider.node
        return at

    def _bring_back(self) -> str:
        """Wait, and bring everybody home, the first to be back first. Returns: the last place."""
        order = self.order
        mine = Rider(order.id, order.order_no, order.from_node, order.depart_at, order.return_at)
        home = sorted(order.riders or (mine,), key=lambda rider: rider.off_at)
        self._wait(home[0])
        at = order.to_node
        for rider in home:
            self._go(at, rider.node)
            self._stand_until(self.now + 150, "alighting", ignition=True)
            at = rider.node
        return at

    def _home_in_between(self, node: str, depot: str) -> bool:
        if self.onward is None:
            return True
        way = self.city.roads.route
        home_s = way(node, depot).seconds + way(depot, self.onward.from_node).seconds
        return self.now + home_s * 1.05 + 900 <= self.onward.depart_at

    def _go(self, start: str, end: str) -> None:
        if start == end:
            return
        hurry = HURRY if self._happens(self.doses.hurries) else 1.0
        drive = self.vehicle.drive(self.now, self.city.roads.route(start, end), hurry)
        self.now = drive.end
        for receipt in toll.passages(self.vehicle.car, drive, self.city.roads.nodes):
            if not self._happens(self.doses.unbooked_tolls):
                self._buy(receipt)

    def _happens(self, share: float) -> bool:
        """Luck; what never happens draws none, so that it changes nothing else."""
        return share > 0 and self.rng.random() < share

    def _stand_until(self, end: int, why: str, *, ignition: bool) -> None:
        if end > self.now:
            self.vehicle.stand(self.now, ignition=ignition, why=why, end=end)
            self.now = end

    def _wait(self, first: Rider) -> None:
        """Wait at the destination; leave in time for who is home first, or late as one in eight."""
        order = self.order
        back_s = self.city.roads.route(order.to_node, first.node).seconds
        late_s = self.rng.randrange(1_800, 4_500) if self.rng.random() < LATE_SHARE else 0
        slack_s = self.rng.randrange(300, 900)
        leave = max(self.now + 1_200, int(first.off_at - back_s - slack_s + late_s))
        arrived, where = self.now, self.city.roads.nodes[order.to_node]
        back_m = self.city.roads.route(order.to_node, order.from_node).length_m
        if self.vehicle.car.kind.tank_ml is None and self.vehicle.range_m() < back_m * 1.5 + 20_000:
            self.vehicle.stand(self.now, ignition=False, why="charging")
            self.vehicle.plug_in(self.now, PUBLIC_WATTS)
            if wh := self.vehicle.unplug(leave):
                self._buy(
                    pump.charge(
                        self.vehicle.car,
                        leave,
                        wh,
                        where.name_zh,
                        where.lon,
                        where.lat,
                        public=True,
                    )
                )
            self.now = leave
        else:
            idle = self._happens(self.doses.idle_waits)
            self._stand_until(leave, "waiting", ignition=idle)
        if where.kind in ("outside", "seat", "office") and self.rng.random() < 0.45:
            self._buy(pump.parking(self.vehicle.car, arrived, leave, where.name_zh))
        self._enough_for(order.to_node, order.from_node)

    def _enough_for(self, start: str, end: str) -> None:
        if self.vehicle.range_m() < self.city.roads.route(start, end).length_m * 1.2 + 30_000:
            self._refill(start, below=1.0)

    def _refill(self, node_id: str, below: float) -> None:
        """Fill the tank here if it holds less than this share."""
        vehicle, kind = self.vehicle, self.vehicle.car.kind
        if kind.tank_ml is None or vehicle.fuel_ml > kind.tank_ml * min(below, 0.9):
            return
        end = self.now + 300 + self.rng.randrange(240)
        ml = vehicle.fill(self.now, end)
        self.now = end
        node = self.city.roads.nodes[node_id]
        receipt = pump.fill(
            vehicle.car, end - 90, ml, node.name_zh, vehicle.lon, vehicle.lat, vehicle.odometer_m
        )
        self._buy(receipt)
        if self.rng.random() < 0.15:
            self._tap("receipt", amount_fen=receipt.amount_fen)
        if self.rng.random() < 0.04:
            self._charged_twice(receipt)

    def _charged_twice(self, receipt: Receipt) -> None:
        """The pump booked the fill twice and takes the second one back."""
        at = int(receipt.at.timestamp())
        again = pump.booked_again(receipt)
        self._buy(again)
        self._buy(pump.taken_back(again, at + 60))

    def _buy(self, receipt: Receipt) -> None:
        issuer = pump.issuer_of(receipt)
        at = int(receipt.at.timestamp())
        late_s = self.rng.randrange(60, 600)
        if receipt.kind == "toll":
            late = self.rng.random() < 0.03
            late_s = self.rng.randrange(2 * 3600, 20 * 3600) if late else late_s * 4
        copies = 2 if receipt.kind == "toll" and self.rng.random() < 0.02 else 1
        self.slips.append(Slip(self.vehicle.car.code, issuer, receipt, at + late_s, copies))

    def _tap(
        self, kind: TapKind, *, odometer: bool = False, amount_fen: int | None = None,
        of: Rider | None = None,
    ) -> None:  # fmt: skip
        order = self.order if of is None else replace(self.order, id=of.id, order_no=of.order_no)
        read = round(self.vehicle.odometer_m / 100) * 100 if odometer else None
        self.taps.append(
            Tap(
                self.now, order, kind, read,
                round(self.vehicle.lon, 6), round(self.vehicle.lat, 6), amount_fen,
            )
        )  # fmt: skip
