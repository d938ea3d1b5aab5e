"""Playing a recording back through the door, at a stated pace."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dispatch.kernel.calendar import business_day, local
from simulators import recording
from simulators.api import Api
from simulators.recording import Recorded
from simulators.setup import Guest, guests, passwords
from simulators.uplink import Uplink
from telemetry.wire import Channel, Fix, Topic, encode

POOL = ("REPLAY", "回放车队", "Replay")
TICK_S = 0.2
MOST_IN_A_MESSAGE = 100
IN_FLIGHT = 500
Progress = Callable[[Mapping[str, object]], None]


class KeepsTimes(ValueError):
    """Only a scenario may take recorded times as they are."""


@dataclass(frozen=True, slots=True)
class Playback:
    """What to play, where, and how.

    Attributes:
        speed: recorded seconds per wall second; 0: as fast as the system takes it.
        keep_times: publish the recorded times (a scenario only).
    """

    file: Path
    http: str
    mqtt: tuple[str, int]
    token: str
    speed: float
    keep_times: bool


async def play(playback: Playback, tell: Progress, stop: asyncio.Event) -> dict[str, object]:
    """Play a recording to its end. Returns: what was sent.

    Raises:
        BrokenCsv: the file is broken; nothing was registered then.
        KeepsTimes: times shall be kept, and the system lives in real time.
    """
    fixes = recording.read(playback.file)
    async with Api(playback.http, playback.token) as api:
        clock = await api.must("GET", "/clock")
        if playback.keep_times and not clock["scenario"]:
            raise KeepsTimes("--keep-times needs a scenario: this system lives in real time")
        if not playback.keep_times:
            fixes = recording.moved(fixes, datetime.fromisoformat(clock["now"]))
        devices = await _register(api, fixes)
    tell({
        "phase": "registered", "devices": len(devices), "fixes": len(fixes),
        "from": fixes[0].at.isoformat(), "to": fixes[-1].at.isoformat(),
    })  # fmt: skip
    begun = time.monotonic()
    async with Uplink(*playback.mqtt, devices) as uplink:
        await _send(fixes, playback.speed, uplink, tell, stop)
        await uplink.settled()
    return {"phase": "done", "devices": len(devices), "fixes": len(fixes),
            "seconds": round(time.monotonic() - begun, 1)}  # fmt: skip


async def _register(api: Api, fixes: list[Recorded]) -> dict[str, str]:
    cars = [
        Guest(f"R-{device.removeprefix('replay-')}"[:64], device, fix.lon, fix.lat)
        for device, fix in recording.by_device(fixes)
    ]
    since = local(business_day(fixes[0].at))
    answer = await api.must("POST", "/register/import", body=guests(POOL, since, cars))
    return await passwords(api, answer, [car.device for car in cars])


async def _send(
    fixes: list[Recorded], speed: float, uplink: Uplink, tell: Progress, stop: asyncio.Event
) -> None:
    begun, told_at, sent = time.monotonic(), 0.0, 0
    while sent < len(fixes) and not stop.is_set():
        gone_s = (time.monotonic() - begun) * speed if speed else float("inf")
        due: dict[str, list[Fix]] = defaultdict(list)
        count = 0
        while sent < len(fixes) and count < 5_000:
            fix = fixes[sent]
            if (fix.at - fixes[0].at).total_seconds() > gone_s:
                break
            due[recording.device_of(fix.name)].append(
                Fix(ts=fix.at.astimezone(UTC), lon=fix.lon, lat=fix.lat)
            )
            sent, count = sent + 1, count + 1
        for device, messages in due.items():
            topic = str(Topic(device, Channel.FIX))
            for i in range(0, len(messages), MOST_IN_A_MESSAGE):
                payload = encode(messages[i : i + MOST_IN_A_MESSAGE])
                uplink.publish(device, topic, payload, _noted)
        await uplink.settled(at_most=IN_FLIGHT)
        if time.monotonic() - told_at > 1.0:
            told_at = time.monotonic()
            tell({"phase": "replay", "done": round(sent / len(fixes), 4)})
        await asyncio.sleep(TICK_S if speed else 0)


def _noted() -> None:
    """A replay keeps no account of its own: the system's answer is enough."""
