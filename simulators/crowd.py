"""Many moving cars for the map and for measuring: nothing but positions, at an even pace."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from dispatch.kernel.calendar import business_day, local
from simulators import roads
from simulators.api import Api
from simulators.setup import Guest, guests, passwords
from simulators.uplink import Uplink
from telemetry.wire import Channel, Fix, Topic, encode

POOL = ("CROWD", "模拟车流", "Crowd")
Progress = Callable[[Mapping[str, object]], None]
Sent = Callable[[str, Fix], None]
TICK_S = 0.02


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many cars, how often each reports (Hz), for how long (None: until stopped)."""

    http: str
    mqtt: tuple[str, int]
    token: str
    vehicles: int
    hz: float
    live_s: float | None


class _Mover:
    """A car that goes back and forth on one route at an even speed."""

    def __init__(self, number: int, network: roads.Roads, places: list[str]) -> None:
        rng = random.Random(number)
        self.device = f"crowd-{number:05}"
        self._route = network.route(*rng.sample(places, 2))
        self._mps = rng.uniform(9.0, 24.0)
        self._offset_m = rng.uniform(0.0, 2 * self._route.length_m)

    def at(self, elapsed_s: float) -> tuple[float, float]:
        """Degrees after so many seconds."""
        length_m = self._route.length_m
        gone_m = (self._offset_m + elapsed_s * self._mps) % (2 * length_m)
        along_m = gone_m if gone_m <= length_m else 2 * length_m - gone_m
        track = self._route.lon_lat
        return (
            round(float(np.interp(along_m, self._route.along_m, track[:, 0])), 7),
            round(float(np.interp(along_m, self._route.along_m, track[:, 1])), 7),
        )

    def speed_kmh(self) -> float:
        """Always the same."""
        return round(self._mps * 3.6, 1)


def _nobody(device: str, fix: Fix) -> None:
    """Nobody wants to know."""


async def run(
    crowd: Crowd, tell: Progress, stop: asyncio.Event, sent: Sent = _nobody
) -> dict[str, object]:
    """Let a crowd drive, its reports spread evenly over time.

    Args:
        crowd: how many, how often, for how long.
        tell: is told how far it is.
        stop: set to end.
        sent: is told of each report just before it is published.

    Returns:
        How many reports were acknowledged, and how fast.
    """
    network = roads.load()
    places = sorted(n.id for n in network.nodes.values() if n.kind in ("town", "seat"))
    movers = [_Mover(n, network, places) for n in range(1, crowd.vehicles + 1)]
    async with Api(crowd.http, crowd.token) as api:
        clock = await api.must("GET", "/clock")
        now, speed = datetime.fromisoformat(clock["now"]), float(clock["speed"])
        cars = [Guest(m.device.upper(), m.device, *m.at(0.0)) for m in movers]
        document = guests(POOL, local(business_day(now)), cars)
        answer = await api.must("POST", "/register/import", body=document)
        devices = await passwords(api, answer, [car.device for car in cars])
    tell({"phase": "registered", "devices": len(devices)})
    acked = 0

    def noted() -> None:
        nonlocal acked
        acked += 1

    async with Uplink(*crowd.mqtt, devices) as uplink:
        begun = time.monotonic()
        done = 0
        while not stop.is_set() and (
            crowd.live_s is None or time.monotonic() - begun < crowd.live_s
        ):
            elapsed_s = time.monotonic() - begun
            at = (now + timedelta(seconds=elapsed_s * speed)).astimezone(UTC)
            due = int(elapsed_s * crowd.hz * crowd.vehicles) + 1
            for number in range(done, due):
                mover = movers[number % len(movers)]
                lon, lat = mover.at(elapsed_s * speed)
                fix = Fix(ts=at, lon=lon, lat=lat, speed_kmh=mover.speed_kmh(), ignition=True)
                topic = str(Topic(mover.device, Channel.FIX))
                sent(mover.device, fix)
                uplink.publish(mover.device, topic, encode([fix]), noted)
            if due // crowd.vehicles > done // crowd.vehicles:
                tell({"phase": "crowd", "acked": acked, "waiting": uplink.unacked})
            done = due
            await asyncio.sleep(TICK_S)
        await uplink.settled()
        seconds = time.monotonic() - begun
    return {"phase": "done", "acked": acked, "per_second": round(acked / seconds, 1)}
