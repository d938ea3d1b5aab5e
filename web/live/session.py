"""One socket's life: what it says, and what it is told."""

import json
import time
from datetime import timedelta
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct
from starlette.websockets import WebSocket, WebSocketDisconnect

from web.live.fleet import Car
from web.live.hub import Hub
from web.live.view import Sight, View, Viewer

AT_ONCE = 256
"""Events taken from the hub at a time. A socket has no queue of its own: it may fall behind
by as many as the hub keeps, then it is told to read its lists anew."""

CLOCK_DRIFT = timedelta(seconds=5)

Degrees: TypeAlias = Annotated[float, Meta(ge=-540, le=540)]


class Since(Struct, frozen=True):
    """The last event a client holds."""

    epoch: str
    seq: int


class Hello(Struct, frozen=True, tag_field="t", tag="hello"):
    """The first message."""

    v: int
    since: Since | None = None


class Look(Struct, frozen=True, tag_field="t", tag="view"):
    """What the client looks at."""

    bbox: tuple[Degrees, Degrees, Degrees, Degrees] | None = None
    pools: Annotated[list[int], Meta(max_length=1000)] | None = None
    states: Annotated[list[str], Meta(max_length=32)] | None = None
    hz: Annotated[float, Meta(gt=0, le=10)] = 2.0
    paused: bool = False


class Ack(Struct, frozen=True, tag_field="t", tag="ack"):
    """The frame of this tick is applied: the credit for the next."""

    tick: int


class Ping(Struct, frozen=True, tag_field="t", tag="ping"):
    """Are you there?"""


Said: TypeAlias = Hello | Look | Ack | Ping
_READ = msgspec.json.Decoder(Said)


class Session:
    """Opened after the handshake; ends when one of its loops does."""

    def __init__(self, socket: WebSocket, hub: Hub, viewer: Viewer) -> None:
        self._socket = socket
        self._hub = hub
        self._sight = Sight(viewer)
        self._greeted = False
        self._epoch = ""
        self._seq = 0
        self._in_flight: int | None = None
        self._next_frame_s = 0.0
        self._named = -1
        self._clock_told = (hub.clock.now(), 0.0, hub.clock.speed)

    async def listen(self) -> None:
        """Take messages until the client goes.

        Raises:
            msgspec.MsgspecError: a message cannot be read.
            WebSocketDisconnect: the client went.
        """
        while True:
            said: Said = _READ.decode(await self._receive())
            match said:
                case Hello():
                    await self._greet(said.since)
                case Look():
                    self._sight.look(_view(said))
                case Ack():
                    if said.tick == self._in_flight:
                        self._in_flight = None
                case Ping():
                    await self._send({"t": "pong"})

    async def _receive(self) -> str:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return message.get("text") or ""

    async def tell(self) -> None:
        """Send what is due after every look of the hub, until cancelled."""
        with self._hub.waking() as wake:
            while True:
                await wake.wait()
                wake.clear()
                if self._greeted:
                    await self._tell_once()

    def judge(self, viewer: Viewer) -> bool:
        """Take other grants; False where they are the same."""
        if viewer == self._sight.viewer:
            return False
        self._sight.judge(viewer)
        self._named = -1
        return True

    async def resync(self, reason: str) -> None:
        """Tell the client to read its lists anew; events go on from the last one."""
        self._seq = self._hub.seq
        await self._send({"t": "resync", "reason": reason, "seq": self._seq})

    async def _greet(self, since: Since | None) -> None:
        await self._hub.ready.wait()
        hub = self._hub
        resumed = since is not None and since.epoch == hub.epoch
        kept = resumed and since is not None and hub.events_after(since.seq, 1) is not None
        self._epoch = hub.epoch
        self._seq = since.seq if kept and since is not None else hub.seq
        await self._welcome()
        if resumed and not kept:
            await self.resync("too-old")
        cars = self._sight.named(hub.fleet, -1)
        self._named = hub.fleet.tick
        if kept:
            await self._send({"t": "handles", "rows": [car.row for car in cars]})
        else:
            await self._snapshot(cars)
        self._greeted = True

    async def _welcome(self) -> None:
        clock = self._hub.clock
        self._note_clock()
        await self._send(
            {
                "t": "welcome",
                "epoch": self._epoch,
                "seq": self._seq,
                "now": clock.now().isoformat(),
                "speed": clock.speed,
                "scenario": clock.scenario,
            }
        )

    async def _snapshot(self, cars: list[Car]) -> None:
        columns = self._hub.fleet.columns
        states = [
            [int(columns.handle[i]), int(columns.motion[i] | (columns.duty[i] << 4))]
            for i in columns.placed.nonzero()[0]
        ]
        rows = [car.row for car in cars]
        await self._send(
            {
                "t": "snapshot",
                "vehicles": rows,
                "states": states if self._sight.viewer.watches else [],
            }
        )

    async def _tell_once(self) -> None:
        hub = self._hub
        if hub.epoch != self._epoch:
            self._epoch = hub.epoch
            await self.resync("epoch")
            await self._welcome()
        if self._clock_jumped():
            self._note_clock()
            clock = hub.clock
            await self._send({"t": "clock", "now": clock.now().isoformat(), "speed": clock.speed})
        cars, self._named = self._sight.named(hub.fleet, self._named), hub.fleet.tick
        if cars:
            await self._send({"t": "handles", "rows": [car.row for car in cars]})
        await self._tell_events()
        await self._tell_positions()

    async def _tell_events(self) -> None:
        """Send what this viewer hears; numbers it does not hear are skipped aloud."""
        while self._seq < self._hub.seq:
            events = self._hub.events_after(self._seq, AT_ONCE)
            if events is None:
                await self.resync("overflow")
                return
            unheard = False
            for event in events:
                if not self._sight.viewer.hears(event.pool_id):
                    unheard = True
                    continue
                if unheard:
                    await self._send({"t": "skip", "seq": event.seq - 1})
                    unheard = False
                await self._socket.send_text(event.text)
            self._seq = events[-1].seq
            if unheard:
                await self._send({"t": "skip", "seq": self._seq})

    async def _tell_positions(self) -> None:
        """At most one frame in flight, no faster than the view asks for, names before it."""
        view = self._sight.view
        if view.paused or self._in_flight is not None or time.monotonic() < self._next_frame_s:
            return
        if self._hub.fleet.last_named > self._named:
            return
        frame = self._sight.next_frame(self._hub.fleet, self._hub.clock.now())
        if frame is None:
            return
        self._in_flight = self._hub.fleet.tick % 2**32
        self._next_frame_s = time.monotonic() + 1 / view.hz - 0.01
        await self._socket.send_bytes(frame)

    def _note_clock(self) -> None:
        self._clock_told = (self._hub.clock.now(), time.monotonic(), self._hub.clock.speed)

    def _clock_jumped(self) -> bool:
        """Whether the client's own reckoning from what it was told is off by now."""
        told, at_s, speed = self._clock_told
        if speed != self._hub.clock.speed:
            return True
        reckoned = told + timedelta(seconds=(time.monotonic() - at_s) * speed)
        return abs(self._hub.clock.now() - reckoned) > CLOCK_DRIFT * max(1.0, speed)

    async def _send(self, message: dict[str, object]) -> None:
        await self._socket.send_text(json.dumps(message, ensure_ascii=False))


def _view(said: Look) -> View:
    return View(
        bbox=said.bbox,
        pools=None if said.pools is None else frozenset(said.pools),
        states=None if said.states is None else frozenset(said.states),
        hz=said.hz,
        paused=said.paused,
    )
