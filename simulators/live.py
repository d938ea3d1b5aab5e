"""A watcher on the live map: how long from a terminal's publish to a client's socket."""

import asyncio
import contextlib
import json
import struct
import time
from collections import OrderedDict

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

HEADER = struct.Struct("<BBHI")
RECORD = struct.Struct("<IiiBBBB")
LEAVE = 3
REMEMBER = 20_000
HZ = 4


class LiveWatch:
    """One socket that sees every car, as the console does.

    Args:
        url: of the product, http or https.
        token: of somebody who may see all platforms.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url.replace('http', 'ws', 1)}/api/live"
        self._token = token
        self._published: OrderedDict[tuple[int, int, int], float] = OrderedDict()
        self._vehicles: dict[int, int] = {}
        self.latencies_s: list[float] = []
        self.frames = 0
        self.events = 0
        self.seen: set[int] = set()

    def published(self, vehicle_id: int, lon_e7: int, lat_e7: int) -> None:
        """A position has just been handed to the terminal's uplink."""
        self._published[vehicle_id, lon_e7, lat_e7] = time.monotonic()
        while len(self._published) > REMEMBER:
            self._published.popitem(last=False)

    async def run(self) -> None:
        """Watch until cancelled; a lost socket is opened again."""
        while True:
            with contextlib.suppress(OSError, TimeoutError, WebSocketException):
                async with connect(
                    self._url,
                    subprotocols=[Subprotocol("live.v1")],
                    additional_headers={"Authorization": f"Bearer {self._token}"},
                    compression=None,
                    max_size=None,
                ) as socket:
                    await self._watch(socket)
            await asyncio.sleep(0.5)

    async def _watch(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"t": "hello", "v": 1, "since": None}))
        await socket.send(
            json.dumps(
                {"t": "view", "bbox": None, "pools": None, "states": None, "hz": HZ,
                 "paused": False}
            )
        )  # fmt: skip
        async for message in socket:
            if isinstance(message, str):
                self._heard(json.loads(message))
            else:
                tick = self._frame(message)
                await socket.send(json.dumps({"t": "ack", "tick": tick}))

    def _heard(self, message: dict[str, object]) -> None:
        if message["t"] == "event":
            self.events += 1
        rows = message.get({"snapshot": "vehicles", "handles": "rows"}.get(str(message["t"]), ""))
        if isinstance(rows, list):
            for handle, vehicle_id, *_ in rows:
                self._vehicles[handle] = vehicle_id

    def _frame(self, frame: bytes) -> int:
        now = time.monotonic()
        kind, _, count, tick = HEADER.unpack_from(frame)
        self.frames += 1
        if kind != LEAVE:
            for handle, lon, lat, *_ in RECORD.iter_unpack(
                frame[HEADER.size : HEADER.size + count * RECORD.size]
            ):
                vehicle_id = self._vehicles.get(handle, -1)
                self.seen.add(vehicle_id)
                sent = self._published.pop((vehicle_id, lon, lat), None)
                if sent is not None:
                    self.latencies_s.append(now - sent)
        return int(tick)

    def percentiles_ms(self) -> dict[str, float | int | None]:
        """Median and 99th percentile of all latencies so far, and how many there are."""
        ordered = sorted(self.latencies_s)

        def at(share: float) -> float | None:
            if not ordered:
                return None
            return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)

        return {"p50": at(0.50), "p99": at(0.99), "samples": len(ordered)}
