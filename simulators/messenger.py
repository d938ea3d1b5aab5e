"""From what terminals saw and issuers booked to messages that are kept until acknowledged."""

from collections.abc import Callable, Iterable
from functools import partial

from simulators.city import City
from simulators.doses import Doses
from simulators.faults import Link
from simulators.fitting import Fitted
from simulators.motion import Sight
from simulators.pump import Slip, moment
from simulators.terminal import Terminal, believable
from simulators.truth import Truth, fix_key
from simulators.uplink import Uplink
from telemetry.wire import Channel, Fix, Topic, encode

FUEL_CARD = frozenset({"fuel", "electricity"})
Judged = tuple[tuple[str, int, int, int], bool]
"""What identifies a fix, and whether a system may believe its time."""


class Messenger:
    """The mail of all terminals and issuers.

    Args:
        city: whose cars.
        uplink: on which it goes out.
        truth: which keeps the keys of what was acknowledged.
        start, days: seconds since 1970 and days for which all bad luck is drawn.
        doses: how much goes wrong with terminals and links.
        fitted: which terminal is in which car.
    """

    def __init__(
        self, city: City, uplink: Uplink, truth: Truth, start: int, days: int, doses: Doses,
        fitted: Fitted,
    ) -> None:  # fmt: skip
        self._start = start
        self._fitted = fitted
        self._links = {
            car.device: Link(car.device, city.rng("link", car.device), start, days, doses)
            for car in city.cars
        }
        self._terminals = {
            car.code: Terminal(
                city.rng("terminal", car.device), start, days, doses, car.kind.tank_ml
            )
            for car in city.cars
        }
        truth.mishaps(
            (car, mishap) for car, one in self._terminals.items() for mishap in one.mishaps
        )
        self._uplink = uplink
        self._truth = truth
        self._keys: list[Judged] = []
        self._slips: list[Slip] = []
        self.messages = 0

    def report(
        self, car: str, sights: list[Sight], now: int,
        told: Callable[[str, Sight], None] | None = None,
    ) -> None:  # fmt: skip
        """Send what a terminal saw, as its link allows.

        Args:
            car: its code.
            sights: new reports.
            now: seconds since 1970, product time.
            told: called for the last report of each message just before it goes out.
        """
        terminal = self._terminals[car]
        if said := list(terminal.statuses(now)):
            self._publish(self._fitted.device(car, now), Channel.STATUS, encode(said), [])
        for device, part in self._fitted.by_device(car, sights):
            for message in self._links[device].messages(terminal.measured(part), now):
                if told is not None:
                    told(car, message[-1])
                self._fixes(device, message, now)

    def flush(self, now: int) -> None:
        """Every link comes back: send all that is held."""
        for device, link in self._links.items():
            for message in link.flush():
                self._fixes(device, message, now)

    def _fixes(self, device: str, sights: list[Sight], now: int) -> None:
        keys = [
            (fix_key(device, s.ts, s.lon, s.lat), believable(s.ts, self._start, now))
            for s in sights
        ]
        self._publish(device, Channel.FIX, encode([_fix(s) for s in sights]), keys)

    def _publish(self, device: str, channel: Channel, payload: bytes, keys: list[Judged]) -> None:
        self.messages += 1
        topic = str(Topic(device, channel))
        self._uplink.publish(device, topic, payload, lambda: self._keys.extend(keys))

    def send(self, slips: Iterable[Slip]) -> None:
        """Send receipts, some twice as issuers do."""
        for slip in slips:
            channel = Channel.FUEL_CARD if slip.receipt.kind in FUEL_CARD else Channel.TOLL
            topic, payload = str(Topic(slip.issuer, channel)), encode([slip.receipt])
            for _ in range(slip.copies):
                self.messages += 1
                self._uplink.publish(
                    slip.issuer,
                    topic,
                    payload,
                    partial(self._booked, slip),
                )

    def _booked(self, slip: Slip) -> None:
        self._slips.append(slip)

    def keep(self) -> None:
        """Put on file what was acknowledged since the last call; only now it counts."""
        if self._keys:
            keys, self._keys = self._keys, []
            self._truth.acknowledged(key for key, is_good in keys if is_good)
            self._truth.refused(key for key, is_good in keys if not is_good)
        if self._slips:
            slips, self._slips = self._slips, []
            self._truth.sent(slips)


def _fix(sight: Sight) -> Fix:
    return Fix(
        ts=moment(sight.ts),
        lon=sight.lon,
        lat=sight.lat,
        speed_kmh=sight.speed_kmh,
        heading=sight.heading,
        ignition=sight.ignition,
        odometer_m=sight.odometer_m,
        fuel_ml=sight.fuel_ml,
        soc_pct=sight.soc_pct,
        satellites=12,
        accuracy_m=sight.accuracy_m,
        flags=sight.flags,
    )
