"""The measuring scenario against the real system: through its door, as fast as it takes it."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from dispatch.kernel.calendar import local
from simulators.api import Api
from simulators.document import Json
from simulators.measure import truth
from simulators.measure.consumption import supervisor, used
from simulators.measure.ground import Ground, proving_ground
from simulators.measure.mail import ISSUER, Mail, moment
from simulators.measure.population import Size, scripts
from simulators.measure.story import Story, story
from simulators.setup import passwords
from simulators.uplink import Uplink

STEP_S = 240
"""Less than what the system calls the future, so that what happened is there before its time is."""
IN_FLIGHT = 200
QUIET_S = 60.0
Progress = Callable[[Mapping[str, object]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run and where; token: of a system administrator with the scope clock."""

    http: str
    mqtt: tuple[str, int]
    token: str
    out: Path
    seed: int
    start: date
    size: Size


def stories(plan: Plan, made: Ground) -> Iterator[Story]:
    """All stories of a plan."""
    start = int(local(plan.start).timestamp())
    for script in scripts(plan.seed, made, start, plan.size):
        yield story(script, made, plan.seed)


async def run(plan: Plan, tell: Progress, stop: asyncio.Event) -> Json:
    """Write the truth, register the cars, publish everything, wait until it is understood.

    Returns:
        How much went through, and how fast.
    """
    made = proving_ground()
    told = list(stories(plan, made))
    truth.write(plan.out, told, {"seed": plan.seed, "start": plan.start, "days": plan.size.days})
    reports = sum(len(one.made.ts) for one in told)
    tell({"phase": "measure", "cars": len(told), "reports": reports, "done": 0.0})
    async with Api(plan.http, plan.token) as api:
        answer = await api.must("POST", "/register/import", body=_document(plan, told))
        names = [one.script.player.device for one in told] + [ISSUER]
        devices = await passwords(api, answer, names)
        begun = time.monotonic()
        async with Uplink(*plan.mqtt, devices) as uplink:
            acked = await _publish(plan, told, api, uplink, tell, stop)
        sent_s = time.monotonic() - begun
        drained = await _drained(api, tell)
        api.know({person["code"]: person["token"] for person in answer["people"]})
        truth.answered(plan.out, [row for one in told for row in await used(api, answer, one)])
    truth.note(plan.out, acked=acked, drained=int(drained))
    return {
        "cars": len(told), "reports": reports, "acked": acked, "published_s": round(sent_s, 1),
        "understood_s": round(time.monotonic() - begun, 1), "drained": drained,
    }  # fmt: skip


async def _publish(
    plan: Plan, told: list[Story], api: Api, uplink: Uplink, tell: Progress, stop: asyncio.Event
) -> int:
    await api.must("POST", "/clock/speed", body={"speed": 0})
    mails = [Mail(one) for one in told]
    acked = 0

    def noted(count: int) -> None:
        nonlocal acked
        acked += count

    start = int(local(plan.start).timestamp())
    end = max(int(one.made.sent_at.max()) for one in told)
    now = start
    while now < end and not stop.is_set():
        now = min(end, now + STEP_S)
        for mail in mails:
            for parcel in mail.until(now):
                uplink.publish(
                    parcel.sender, parcel.topic, parcel.payload,
                    partial(noted, parcel.count),
                )  # fmt: skip
        await uplink.settled(at_most=IN_FLIGHT)
        await api.must("POST", "/clock/step", body={"to": moment(now).isoformat()})
        tell({"phase": "measure", "done": round((now - start) / (end - start), 4), "acked": acked})
    await uplink.settled()
    return acked


async def _drained(api: Api, tell: Progress) -> bool:
    """Wait until the system has come to rest; not for ever, if nothing moves."""
    pending: object = None
    changed_at = time.monotonic()
    while time.monotonic() - changed_at < QUIET_S:
        answer = await api.must("GET", "/clock/drained")
        if answer["idle"]:
            return True
        if answer["pending"] != pending:
            pending, changed_at = answer["pending"], time.monotonic()
            tell({"phase": "draining", "pending": pending})
        await asyncio.sleep(0.25)
    return False


def _document(plan: Plan, told: list[Story]) -> Json:
    since: datetime = local(plan.start)
    return {
        "from": since.isoformat(),
        "pools": [
            {
                "code": "MEASURE", "name": "测量场景", "name_en": "Measuring", "level": "county",
                "adcode": "341802", "lon": 118.5, "lat": 30.6,
            }
        ],
        "people": [supervisor()],
        "vehicles": [_vehicle(one, since) for one in told],
        "providers": [ISSUER],
        "calendar": {"years": [plan.start.year], "days": []},
    }  # fmt: skip


def _vehicle(one: Story, since: datetime) -> Json:
    player = one.script.player
    lon, lat = map(float, player.road.lon_lat[0])
    return {
        "code": player.code, "pool": "MEASURE", "plate": player.plate, "model": "测量车",
        "class": "sedan", "category": "OTHER", "seats": 5,
        "powertrain": "bev" if player.battery_wh else "petrol",
        "tank_ml": player.tank_ml, "battery_wh": player.battery_wh,
        "norm_ml_per_100km": player.ml_per_100km or None,
        "norm_wh_per_100km": player.wh_per_100km if player.battery_wh else None,
        "first_registered": since.date().isoformat(), "home_lon": lon, "home_lat": lat,
        "obu": player.obu, "device": player.device,
    }  # fmt: skip
