"""The drivers' phones: they read their orders, and what is tapped gets through sooner or later."""

import asyncio
import struct
import uuid
import zlib
from collections import Counter, defaultdict
from datetime import datetime

from dispatch.kernel.calendar import local_time
from simulators.api import Api
from simulators.city import City
from simulators.desk import BOSS
from simulators.document import Json
from simulators.handset import Handsets
from simulators.people import days_ahead
from simulators.pump import moment
from simulators.terminal import Mishap
from simulators.trip import Order, Rider, Tap
from simulators.truth import Truth
from simulators.world import World

OFFLINE_SHARE = 0.05
TWICE_SHARE = 0.03
LOOK_AHEAD_FROM_HOUR = 18
OPEN = ["created", "sent", "accepted"]


class Phones:
    """All phones of the city.

    Args:
        city: whose drivers.
        api: through which they speak.
        world: which learns of orders, and whose taps they send.
        truth: which keeps what was answered, and what was lost with a phone.
        ids: of places, vehicles and drivers by their codes.
        handsets: the phones themselves, which may die.
    """

    def __init__(
        self, city: City, api: Api, world: World, truth: Truth, ids: dict[str, dict[str, int]],
        handsets: Handsets,
    ) -> None:  # fmt: skip
        self._city = city
        self._api = api
        self._world = world
        self._truth = truth
        self._handsets = handsets
        self._nodes = {number: code for code, number in ids["places"].items()}
        self._cars = {number: code for code, number in ids["vehicles"].items()}
        self._drivers = {number: code for code, number in ids["drivers"].items()}
        self._read: dict[int, str] = {}
        self._held: dict[str, list[tuple[int, Tap]]] = defaultdict(list)
        self._lane: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()

    async def look(self, now: int) -> None:
        """Drivers whose orders changed read their phones; withdrawn orders are forgotten."""
        evening = local_time(moment(now)).hour >= LOOK_AHEAD_FROM_HOUR
        pages = await asyncio.gather(
            *(
                self._api.items("/orders", who=BOSS, query={"state": OPEN, "day": day})
                for day in days_ahead(now, 2 if evening else 1)
            )
        )
        orders = {order["id"]: order for page in pages for order in page}
        for gone in self._world.waiting() - set(orders):
            self._world.drop(gone)
            self._read.pop(gone, None)
        changed: dict[str, list[Json]] = defaultdict(list)
        for number, order in orders.items():
            driver, mark = self._driver_of(order), _mark(order)
            if driver is not None and self._read.get(number) != mark:
                changed[driver].append(order)
        await asyncio.gather(*(self._read_orders(d, rows) for d, rows in changed.items()))

    def _driver_of(self, order: Json) -> str | None:
        number = order.get("driver_id")
        return None if number is None else self._drivers[number]

    async def _read_orders(self, driver: str, changed: list[Json]) -> None:
        listed = await self._api.must("GET", "/my/orders", who=driver)
        rows = {row["id"]: row for row in (listed["items"] if isinstance(listed, dict) else listed)}
        beside = {party["order_id"] for row in rows.values() for party in row["parties"]}
        for order in changed:
            if order["id"] in beside - rows.keys():  # another's trip carries it
                self._read[order["id"]] = _mark(order)
            if (row := rows.get(order["id"])) is None:
                continue
            self._read[order["id"]] = _mark(order)
            self._world.take(
                Order(
                    id=row["id"], order_no=row["order_no"], car=self._cars[row["vehicle_id"]],
                    driver=driver, kind=row["kind"],
                    from_node=self._nodes[row["from_place"]["id"]],
                    to_node=self._nodes[row["to_place"]["id"]],
                    depart_at=_seconds(row["depart_at"]), return_at=_seconds(row["return_at"]),
                    riders=tuple(self._rider(party) for party in row["parties"]),
                )
            )  # fmt: skip

    def _rider(self, party: Json) -> Rider:
        return Rider(
            party["order_id"], party["order_no"], self._nodes[party["from_id"]],
            _seconds(party["on_at"]), _seconds(party["off_at"]),
        )  # fmt: skip

    async def send(self, taps: list[Tap], now: int) -> None:
        """Send what was tapped; a phone without a signal keeps its taps and sends them later.

        One that died sends them when it is alive again; of one that never is, they are lost.
        """
        for tap in taps:
            if tap.kind == "depart" and (death := self._handsets.set_off(tap)):
                kind = "lost-phone" if death.lost else "dead-phone"
                self._truth.mishaps([(tap.order.car, Mishap(kind, death.start, death.end))])
            death = self._handsets.dead(tap)
            if death is not None and death.lost:
                self._truth.lost(tap)
                self.counts["lost"] += 1
            else:
                due = tap.at + self._without_signal_s(tap) if death is None else death.end
                self._held[tap.order.driver].append((due, tap))
        await asyncio.gather(
            *(self._send_due(driver, now) for driver in list(self._held) if self._held[driver])
        )

    def _without_signal_s(self, tap: Tap) -> int:
        rng = self._city.rng("signal", tap.order.key)
        offline_s = rng.randrange(600, 7_200) if rng.random() < OFFLINE_SHARE else 0
        return offline_s if tap.kind in ("onboard", "arrive", "return") else 0

    async def flush(self) -> None:
        """Every phone finds a signal: the end of the run."""
        await self.send([], 2**40)

    async def _send_due(self, driver: str, now: int) -> None:
        async with self._lane[driver]:
            due = sorted((h for h in self._held[driver] if h[0] <= now), key=lambda h: h[0])
            self._held[driver] = [h for h in self._held[driver] if h[0] > now]
            for _, tap in due:
                await self._tap(driver, tap)

    async def _tap(self, driver: str, tap: Tap) -> None:
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tap.order.order_no}:{tap.kind}:{tap.at}"))
        body = {
            "client_key": key, "kind": tap.kind, "taken_at": moment(tap.at).isoformat(),
            "counter": tap.at, "odometer_m": tap.odometer_m,
            "lon": tap.lon, "lat": tap.lat, "amount_fen": tap.amount_fen,
        }  # fmt: skip
        photo = picture(tap.at) if tap.kind == "receipt" else None
        path = f"/my/orders/{tap.order.id}/check-ins"
        answer = await self._api.call("POST", path, who=driver, body=body, photo=photo)
        self.counts[tap.kind] += answer.ok
        if not answer.ok:
            self.refusals[f"{tap.kind}: {answer.code}"] += 1
        self._truth.tapped(tap, key, accepted=answer.ok)
        if answer.ok and self._city.rng("twice", key).random() < TWICE_SHARE:
            again = await self._api.call("POST", path, who=driver, body=body, photo=photo)
            self.counts["tapped twice"] += 1
            if not (again.ok and again.body.get("replayed")):
                self.refusals[f"not replayed: {again.status}"] += 1


def picture(seed: int, width: int = 96, height: int = 64) -> bytes:
    """A small grey PNG that differs with its seed: what a photographed receipt is to a program."""
    rows = b"".join(
        b"\0" + bytes((seed * 31 + x * 7 + y * 13) % 200 + 40 for x in range(width))
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _mark(order: Json) -> str:
    ride = order.get("ride") or {}
    crew = f"{order.get('vehicle_id')}:{order.get('driver_id')}"
    return f"{crew}:{order.get('depart_at')}:{order.get('leg_id')}:{ride.get('parties')}"


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
