"""The other mouth: messages from an outside MQTT broker, acknowledged when they are committed.

Who publishes is the name in the topic: the broker's access rules are trusted to have checked
that (`gongche doctor mqtt` asks whether they do).
"""

import asyncio
from collections.abc import Callable
from functools import partial

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.log import get_logger
from telemetry.ingest.broker_url import BrokerUrl
from telemetry.ingest.intake import Intake
from telemetry.ingest.line import Line
from telemetry.ingest.subscription import Subscription, Topics

log = get_logger("telemetry.ingest")

FILTER = "gongche/v1/+/+"
SHARED_FILTER = f"$share/gongche/{FILTER}"
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 5.0
LASTING_S = 5.0
"""A connection that is lost sooner has not mended anything: two of us with one client id, who
throw each other out, are let in each time."""


def next_wait_s(before_s: float, lasted_s: float) -> float:
    """How long to wait before connecting again, after a wait and what came of it."""
    return FIRST_WAIT_S if lasted_s >= LASTING_S else min(before_s * 2, LONGEST_WAIT_S)


class Broker:
    """A persistent session at a broker; runs until cancelled, reconnects by itself."""

    def __init__(
        self,
        where: BrokerUrl,
        client_id: str,
        intake: Intake,
        clock: ProductClock,
        *,
        shared: bool,
        subscribed: Callable[[], None],
    ) -> None:
        self.where = where
        self._intake = intake
        self._over = False
        self._lost = asyncio.Event()
        self._line: Line | None = None
        self._client_id = client_id
        self._subscription = partial(
            Subscription,
            SHARED_FILTER if shared else FILTER,
            Topics(),
            intake,
            clock,
            subscribed=subscribed,
            lost=self._lost.set,
        )
        intake.on_relief(self._relieve)

    @property
    def is_open(self) -> bool:
        """Whether what devices publish reaches us."""
        return self._line is not None and not self._lost.is_set()

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost."""
        loop = asyncio.get_running_loop()
        wait_s = FIRST_WAIT_S
        while True:
            self._lost.clear()
            subscription, begun_s = self._subscription(), loop.time()
            try:
                await self._connect(subscription)
            except OSError as error:
                log.warning("broker unreachable", error=str(error) or type(error).__name__)
                self._lost.set()
            while not self._lost.is_set() and self._line is not None:
                self._line.tick()
                await self._wait_lost(1.0)
            self._line = None
            lasted_s = loop.time() - begun_s if subscription.is_granted else 0.0
            wait_s = next_wait_s(wait_s, lasted_s)
            log.info("broker connection over", lasted_s=round(lasted_s, 1), again_in_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _connect(self, subscription: Subscription) -> None:
        line = Line(self.where, self._client_id, subscription, clean=False)
        self._line = subscription.line = line
        if self._over:
            line.hold()
        await line.open()

    async def _wait_lost(self, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self._lost.wait()
        except TimeoutError:
            pass

    def _relieve(self) -> None:
        if self._line is not None and not self._over and not self._intake.full:
            self._line.go_on()

    def shut(self) -> None:
        """Read nothing more."""
        self._over = True
        if self._line is not None:
            self._line.hold()

    async def hang_up(self) -> None:
        """Send the last acknowledgements and leave; the broker keeps the session."""
        if self._line is not None:
            self._line.close()
            await self._wait_lost(1.0)

    def abort(self) -> None:
        """Whatever happened: nothing stays open."""
        self._over = True
        if self._line is not None:
            self._line.abort()
