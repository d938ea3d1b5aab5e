"""The dispatchers: plans for the next day and the rest of this one, urgent trips one by one."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from dispatch.kernel.calendar import SHANGHAI
from simulators.api import Api
from simulators.document import Json
from simulators.pump import moment

BOSS = "CITYDISP"
REVIEWER = "REV1"
URGENT_S = 5_400
PLAN_SECONDS = 4.0
PLANS_AT = ((6, 0, 0), (12, 15, 0), (19, 0, 1))
"""Local hour, minute, and for how many days ahead."""


class Desk:
    """All dispatch desks of the city.

    Args:
        api: through which they act.
        start: seconds since 1970; plans are due from then on.
        pools: codes of platforms by their id.
    """

    def __init__(self, api: Api, start: int, pools: dict[int, str]) -> None:
        self._api = api
        self._last = start - 1
        self._pools = pools
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()

    async def act(self, now: int) -> None:
        """Ask for the plans that became due, and serve what cannot wait for the next one."""
        for day in plans_due(self._last, now):
            await self.plan(day)
        self._last = now
        await self._serve_urgent(now)
        await self._review_rentals()

    async def plan(self, day: str) -> None:
        """Have a day planned, and wait for the orders."""
        answer = await self._api.call(
            "POST",
            "/plans",
            who=BOSS,
            body={"day": day, "seconds": PLAN_SECONDS, "apply": True, "may_move": True},
        )
        if not answer.ok:
            self.refusals[f"plan: {answer.code}"] += 1
            return
        state = "waiting"
        for _ in range(600):
            plan = await self._api.must("GET", f"/plans/{answer.body['id']}", who=BOSS)
            state = plan["state"]
            if state not in ("waiting", "running"):
                break
            await asyncio.sleep(0.1)
        self.counts[f"plans {state}"] += 1

    async def _serve_urgent(self, now: int) -> None:
        queue = await self._api.items("/requests", who=BOSS, query={"state": "approved"})
        until = moment(now + URGENT_S)
        urgent = [r for r in queue if not r.get("order") and _time(r["depart_at"]) <= until]
        for request in sorted(urgent, key=lambda r: (r["depart_at"], r["id"])):
            await self._serve(request)

    async def _review_rentals(self) -> None:
        """The authority agrees to what the dispatchers had to rent."""
        for order in await self._api.items("/orders", who=REVIEWER, query={"state": "created"}):
            if order["rental_firm_id"] is not None:
                done = await self._api.call(
                    "POST", f"/orders/{order['id']}/rental-decision", who=REVIEWER,
                    body={"decision": "approved", "comment": None},
                )  # fmt: skip
                self.counts["rentals agreed"] += done.ok

    async def _serve(self, request: Json) -> None:
        """The best car, the next best when somebody was faster, a rented one if none fits."""
        path = f"/requests/{request['id']}"
        who = f"{self._pools[request['pool_id']]}-DISP"
        answer = await self._api.call("GET", f"{path}/candidates", who=who)
        if not answer.ok:
            self.refusals[f"candidates: {answer.code}"] += 1
            return
        for best in answer.body["alternatives"][:3]:
            pair = {"vehicle_id": best["vehicle_id"], "driver_id": best["driver_id"]}
            done = await self._api.call("POST", f"{path}/assign", who=who, body=pair)
            if done.ok:
                self.counts["assigned"] += 1
                return
            self.refusals[f"assign: {done.code}"] += 1
        if answer.body["alternatives"] or not (rental := answer.body.get("rental")):
            return
        done = await self._api.call(
            "POST", f"{path}/rent", who=who,
            body={"firm_id": rental["firm_id"], "reason": "各平台均无合适车辆"},
        )  # fmt: skip
        if done.ok:
            self.counts["rented"] += 1
        else:
            self.refusals[f"rent: {done.code}"] += 1


def plans_due(after: int, until: int) -> list[str]:
    """Days to plan whose hour lies in (after, until]."""
    due = []
    day = moment(after).astimezone(SHANGHAI).date()
    while (midnight := datetime.combine(day, datetime.min.time(), SHANGHAI)).timestamp() <= until:
        for hour, minute, ahead in PLANS_AT:
            at = (midnight + timedelta(hours=hour, minutes=minute)).timestamp()
            if after < at <= until:
                due.append((day + timedelta(days=ahead)).isoformat())
        day += timedelta(days=1)
    return due


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
