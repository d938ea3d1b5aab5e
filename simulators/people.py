"""Those who ask for cars and those who approve: each does one thing after the other, in time."""

import asyncio
import heapq
import itertools
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from dispatch.kernel.calendar import business_day, local_time
from simulators.api import Api
from simulators.city import City
from simulators.demand import Wish
from simulators.document import Json
from simulators.pump import moment

UNIT_MEDIAN_S, AUTHORITY_MEDIAN_S = 12 * 60, 35 * 60
REJECTED_SHARE = 0.02
Act = Callable[[], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Asked:
    """A wish that became a request."""

    wish: Wish
    id: int
    state: str


class People:
    """The diary of everybody in the units and in the authority.

    Args:
        city: whose people.
        api: through which they act, each with a token of their own.
        ids: of units and places by their codes.
    """

    def __init__(self, city: City, api: Api, ids: dict[str, dict[str, int]]) -> None:
        self._city = city
        self._api = api
        self._ids = ids
        self._diary: list[tuple[int, int, str, Act]] = []
        self._count = itertools.count()
        self._reviewers = itertools.cycle(
            p.code for p in city.people if p.role == "authority_reviewer"
        )
        self.asked: dict[int, Asked] = {}
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()

    def expect(self, wishes: Iterable[Wish]) -> None:
        """Put wishes into the diary."""
        for wish in wishes:
            self._at(wish.submit_at, wish.key, partial(self._submit, wish))

    async def act(self, now: int) -> None:
        """Do everything that is due by now; what follows from it at once, too."""
        self._now = now
        while self._diary and self._diary[0][0] <= now:
            lanes: dict[str, list[Act]] = {}
            while self._diary and self._diary[0][0] <= now:
                _, _, lane, act = heapq.heappop(self._diary)
                lanes.setdefault(lane, []).append(act)
            await asyncio.gather(*(_in_turn(acts) for acts in lanes.values()))

    def _at(self, at: int, lane: str, act: Act) -> None:
        heapq.heappush(self._diary, (at, next(self._count), lane, act))

    async def _submit(self, wish: Wish) -> None:
        answer = await self._api.call(
            "POST", "/requests", who=wish.unit.requester, body=self._body(wish)
        )
        if not answer.ok:
            self._refused("submit", answer.code)
            return
        asked = Asked(wish, answer.body["id"], answer.body["state"])
        self.asked[asked.id] = asked
        self.counts["submitted"] += 1
        rng = self._city.rng("approval", wish.key)
        delay_s = int(UNIT_MEDIAN_S * math.exp(rng.gauss(0.0, 0.8)))
        self._at(
            self._in_time(wish, wish.submit_at + delay_s), wish.key, lambda: self._approve(asked)
        )
        if wish.cancel_at is not None:
            self._at(wish.cancel_at, wish.key, lambda: self._cancel(asked))

    def _body(self, wish: Wish) -> Json:
        return {
            "client_key": f"{self._city.seed}-{wish.key}",
            "unit_id": self._ids["units"][wish.unit.code],
            "purpose": wish.purpose, "purpose_text": wish.purpose_text,
            "passengers": wish.passengers, "lead_passenger": f"乘车人{wish.unit.code[-3:]}",
            "kind": wish.kind,
            "from_place": self._ids["places"][wish.from_node],
            "to_place": self._ids["places"][wish.to_node],
            "depart_at": moment(wish.depart_at).isoformat(),
            "return_at": moment(wish.return_at).isoformat(),
            "vehicle_class": wish.cls, "emergency": wish.emergency,
        }  # fmt: skip

    async def _approve(self, asked: Asked) -> None:
        rng = self._city.rng("decision", asked.wish.key)
        rejected = rng.random() < REJECTED_SHARE and not asked.wish.emergency
        done = await self._decide(asked, asked.wish.unit.approver, rejected=rejected)
        if done and not rejected and asked.state in ("unit_approved", "assigned"):
            delay_s = int(AUTHORITY_MEDIAN_S * math.exp(rng.gauss(0.0, 0.7)))
            at = self._office_hours(self._now + delay_s)
            self._at(self._in_time(asked.wish, at), asked.wish.key, lambda: self._review(asked))

    async def _review(self, asked: Asked) -> None:
        await self._decide(asked, next(self._reviewers), rejected=False)

    async def _decide(self, asked: Asked, who: str, *, rejected: bool) -> bool:
        answer = await self._api.call(
            "POST", f"/requests/{asked.id}/approval", who=who,
            body={"decision": "rejected" if rejected else "approved",
                  "comment": "改用公共交通" if rejected else None},
        )  # fmt: skip
        if not answer.ok:
            self._refused("approve", answer.code)
            return False
        asked.state = answer.body["state"]
        self.counts["rejected" if rejected else "decisions"] += 1
        return True

    async def _cancel(self, asked: Asked) -> None:
        answer = await self._api.call(
            "POST", f"/requests/{asked.id}/cancel", who=asked.wish.unit.requester
        )
        if answer.ok:
            asked.state = "cancelled"
            self.counts["cancelled"] += 1
        else:
            self._refused("cancel", answer.code)

    def _refused(self, what: str, code: str) -> None:
        self.counts["refused"] += 1
        self.refusals[f"{what}: {code}"] += 1

    def _in_time(self, wish: Wish, at: int) -> int:
        """Nobody decides so late that the car could not come any more."""
        latest = wish.submit_at + max(0, wish.depart_at - wish.submit_at) // 3
        return max(self._now, min(at, latest))

    @staticmethod
    def _office_hours(at: int) -> int:
        """The authority works 8 to 18 o'clock; later becomes the next morning."""
        clock = local_time(moment(at))
        if 8 <= clock.hour < 18:
            return at
        day_start = at - (clock.hour * 3600 + clock.minute * 60 + clock.second)
        return day_start + (8 if clock.hour < 8 else 32) * 3600 + 600


async def _in_turn(acts: list[Act]) -> None:
    for act in acts:
        await act()


def days_ahead(now: int, days: int) -> list[str]:
    """Business days from today on, as dates."""
    today = business_day(moment(now))
    return [(today + timedelta(days=n)).isoformat() for n in range(days)]
