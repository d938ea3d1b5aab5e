"""The simulated city against the real system: set up, days of history, then live."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.kernel.calendar import SHANGHAI, local
from dispatch.kernel.units import to_e7
from simulators import city as cities
from simulators import demand
from simulators.api import Api
from simulators.desk import BOSS, Desk
from simulators.doses import Doses
from simulators.fitting import Fitted, Workshop, swaps
from simulators.handset import Handsets
from simulators.live import LiveWatch
from simulators.messenger import Messenger
from simulators.motion import Sight
from simulators.people import People
from simulators.phone import Phones
from simulators.pump import moment
from simulators.setup import Registered
from simulators.trip import Tap
from simulators.truth import Truth
from simulators.uplink import Uplink
from simulators.world import Happened, World

DAY_STEP_S, NIGHT_STEP_S = 900, 1_800
LIVE_FROM_HOUR = 8
IN_FLIGHT = 250
TICK_S = 0.1
PEOPLE_EVERY_S = 1.0
CLOCK_EVERY_S = 3.0
QUIET_S = 12.0
Progress = Callable[[Mapping[str, object]], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run goes through time.

    Attributes:
        history_days: whole days to run as fast as the system takes them; the early
            morning after them follows at the same pace.
        speed: product seconds per wall second afterwards.
        live_s: wall seconds to live; None: until stopped.
    """

    history_days: int
    speed: float
    live_s: float | None


class CityRun:
    """One city on one system, from the import to the last acknowledgement."""

    def __init__(
        self, pace: Pace, city: cities.City, api: Api, uplink: Uplink, truth: Truth,
        known: Registered, tell: Progress, stop: asyncio.Event, doses: Doses,
    ) -> None:  # fmt: skip
        self.pace, self.city, self.api = pace, city, api
        self.start = int(local(city.start).timestamp())
        self.live_from = self.start + pace.history_days * 86_400
        self.live_from += LIVE_FROM_HOUR * 3600 if pace.history_days else 0
        self.truth, self.uplink, self._tell, self._stop = truth, uplink, tell, stop
        days = pace.history_days + 2
        self.world = World(city, self.start, doses, days)
        self.people = People(city, api, known.ids)
        pools = {number: code for code, number in known.ids["pools"].items()}
        self.desk = Desk(api, self.start, pools)
        self.phones = Phones(city, api, self.world, truth, known.ids, Handsets(city, doses))
        moves = swaps(city, self.start, days, doses)
        fitted = Fitted(city.cars, moves)
        truth.fitted(fitted.spans())
        truth.mishaps(fitted.mishaps())
        self.workshop = Workshop(api, moves, known.ids["vehicles"])
        self.mail = Messenger(city, uplink, truth, self.start, days, doses, fitted)
        self.watch = LiveWatch(api.url, api.token_of(BOSS))
        self._vehicle_ids = known.ids["vehicles"]
        self._taps: list[Tap] = []
        for n in range(pace.history_days + 3):
            day = city.start + timedelta(days=n)
            self.people.expect(demand.of_day(city, day, self.start))

    async def history(self) -> float:
        """Run up to the live morning as fast as the system takes it. Returns: wall seconds."""
        begun = time.monotonic()
        await self.api.must("POST", "/clock/speed", body={"speed": 0})
        now = self.start
        while now < self.live_from and not self._stop.is_set():
            now = min(self.live_from, now + _step_s(now))
            await self._step(now)
            self._tell(
                {
                    "phase": "history",
                    "done": round((now - self.start) / (self.live_from - self.start), 4),
                    "now": moment(now).astimezone(SHANGHAI).isoformat(),
                    "fixes_acked": self.truth.acked,
                }
            )
        await self.uplink.settled()
        self.mail.keep()
        return time.monotonic() - begun

    async def _step(self, now: int) -> None:
        await self.phones.send(self.world.taps_so_far(now), now)
        await self.api.must("POST", "/clock/step", body={"to": moment(now).isoformat()})
        for car, sights in self.world.seen_so_far(now).items():
            self.mail.report(car, sights, now)
        await self.uplink.settled()
        await self._everybody(now)
        told = self.world.advance(now)
        self._send(told, now)
        await self.phones.send(told.taps, now)
        await self.uplink.settled(at_most=IN_FLIGHT)
        self.mail.keep()

    async def _everybody(self, now: int) -> None:
        await self.people.act(now)
        await self.workshop.act(now)
        await self.desk.act(now)
        await self.phones.look(now)

    def _send(
        self, told: Happened, now: int, seen: Callable[[str, Sight], None] | None = None
    ) -> None:
        for car, sights in told.reports.items():
            self.mail.report(car, sights, now, seen)
        self.mail.send(told.slips)
        self.truth.driven(told.driven)
        self.truth.privately(told.private)
        self.truth.mishaps(told.mishaps)

    async def live(self) -> None:
        """Live at the stated speed, every report a message of its own."""
        if self.pace.live_s == 0 or self._stop.is_set():
            return
        await self.api.must("POST", "/clock/speed", body={"speed": self.pace.speed})
        watching = asyncio.create_task(self.watch.run(), name="live watch")
        offices = asyncio.create_task(self._offices(), name="offices and phones")
        try:
            await self._drive_live(offices)
        finally:
            for task in (offices, watching):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await self.api.must("POST", "/clock/speed", body={"speed": 0})

    async def _drive_live(self, offices: asyncio.Task[None]) -> None:
        begun = read_at = time.monotonic()
        product = await self._product_now()
        until = None if self.pace.live_s is None else begun + self.pace.live_s
        while not self._stop.is_set() and (until is None or time.monotonic() < until):
            if offices.done():
                offices.result()
            if time.monotonic() - read_at > CLOCK_EVERY_S:
                product, read_at = await self._product_now(), time.monotonic()
            now = int(product + (time.monotonic() - read_at) * self.pace.speed)
            if now > self.world.now:
                told = self.world.advance(now)
                self._taps.extend(told.taps)
                self._send(told, now, self._seen)
                self.mail.keep()
            await asyncio.sleep(TICK_S)

    async def _offices(self) -> None:
        """Everybody with a keyboard or a phone, once a second of wall time."""
        told_at = 0.0
        while True:
            await self._everybody(self.world.now)
            taps, self._taps = self._taps, []
            await self.phones.send(taps, self.world.now)
            if time.monotonic() - told_at > 5:
                told_at = time.monotonic()
                now = moment(self.world.now).astimezone(SHANGHAI).isoformat()
                self._tell({"phase": "live", "now": now, "fixes_acked": self.truth.acked})
            await asyncio.sleep(PEOPLE_EVERY_S)

    def _seen(self, car: str, sight: Sight) -> None:
        self.watch.published(self._vehicle_ids[car], to_e7(sight.lon), to_e7(sight.lat))

    async def _product_now(self) -> float:
        clock = await self.api.must("GET", "/clock")
        return datetime.fromisoformat(clock["now"]).timestamp()

    async def drain(self) -> bool:
        """Let everything under way arrive, and wait until the system has understood it.

        Returns:
            Whether it came to rest; not, if what is pending stays the same for a while.
        """
        self.mail.flush(self.world.now)
        await self.workshop.finish(self.world.now)
        await self.phones.send(self._taps, self.world.now)
        await self.phones.flush()
        await self.uplink.settled()
        self.mail.keep()
        self.truth.note(settled=1, under_way=",".join(sorted(self.world.on_the_road())))
        pending: object = None
        changed_at = time.monotonic()
        while time.monotonic() - changed_at < QUIET_S:
            answer = await self.api.must("GET", "/clock/drained")
            if answer["idle"]:
                return True
            if answer["pending"] != pending:
                pending, changed_at = answer["pending"], time.monotonic()
                self._tell({"phase": "draining", "pending": pending})
            await asyncio.sleep(0.25)
        return False


def _step_s(now: int) -> int:
    hour = moment(now).astimezone(SHANGHAI).hour
    return DAY_STEP_S if 6 <= hour < 21 else NIGHT_STEP_S
