"""A run of the simulated city from its plan to its figures."""

import asyncio
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulators import city as cities
from simulators.api import Api
from simulators.day import CityRun, Pace, Progress
from simulators.document import Json
from simulators.doses import Doses
from simulators.setup import register
from simulators.truth import Truth
from simulators.uplink import Uplink


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        http: the product's URL.
        mqtt: host and port of its door or broker.
        token: a bearer token of a system administrator with the scope clock.
        out: folder of the truth.
        pace: how it goes through time.
        doses: how much goes wrong.
    """

    http: str
    mqtt: tuple[str, int]
    token: str
    out: Path
    seed: int
    start: date
    cars: int
    pace: Pace
    doses: Doses


async def run(plan: Plan, tell: Progress, stop: asyncio.Event) -> Json:
    """Run a city; its part of the report is returned.

    Args:
        plan: what to run.
        tell: called with progress.
        stop: once set, what is under way is brought to its end and reported.

    Raises:
        ApiError: the system refused what it must not refuse.
        NotConnected: the door refused a device.
    """
    city = cities.build(plan.seed, plan.start, plan.cars)
    async with Api(plan.http, plan.token) as api:
        tell({"phase": "setup", "cars": len(city.cars), "people": len(city.people)})
        known = await register(api, city)
        truth = Truth(plan.out)
        truth.note(seed=plan.seed, start=plan.start.isoformat(), cars=plan.cars)
        truth.cars((c.code, c.plate, c.device) for c in city.cars)
        try:
            async with Uplink(*plan.mqtt, known.devices) as uplink:
                running = CityRun(
                    plan.pace, city, api, uplink, truth, known, tell, stop, plan.doses
                )
                history_s = await running.history()
                tell({"phase": "history", "done": 1.0, "history_s": round(history_s, 1)})
                await running.live()
                drained = await running.drain()
                report = figures(running, history_s, drained=drained)
                truth.note(drained=int(drained), ended_at=running.world.now)
                return report
        finally:
            truth.close()


def figures(run: CityRun, history_s: float, *, drained: bool) -> Json:
    """What this side knows of the run."""
    counts = run.truth.counts()
    return {
        "seed": run.city.seed,
        "cars": len(run.city.cars),
        "history_s": round(history_s, 1),
        "fixes_acked": run.truth.acked,
        "publish_to_socket_ms": run.watch.percentiles_ms(),
        "requests": run.people.counts["submitted"],
        "receipts_sent": counts["receipts"],
        "truth_ledger_fen": run.truth.ledger_fen(),
        "truth_trips": counts["trips"],
        "truth_km": round(counts["metres"] / 1000, 1),
        "private_uses": counts["private_uses"],
        "drained": drained,
        "people": dict(run.people.counts),
        "desk": dict(run.desk.counts),
        "taps": dict(run.phones.counts),
        "terminals_moved": run.workshop.told,
        "refusals": {
            **run.people.refusals, **run.desk.refusals, **run.phones.refusals,
        },
        "live_frames": run.watch.frames,
        "live_events": run.watch.events,
        "http": {
            what: {"calls": times, "seconds": round(together, 1)}
            for what, (times, together) in sorted(
                run.api.spent.items(), key=lambda item: -item[1][1]
            )
        },
        "messages": run.mail.messages,
    }  # fmt: skip
