"""Mosquitto, started by a test with a configuration of its own on a port of its own."""

import asyncio
import shutil
import subprocess

from tests.flows.ingest_door import free_port, until

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


class Mosquitto:
    """A broker with persistence and room for what waits; it can be killed and started again.

    Args:
        folder: for its configuration and its database.
        more: lines of the configuration, by name.
    """

    def __init__(self, folder, **more):
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.folder = folder
        self.conf = folder / "mosquitto.conf"
        said = {
            "allow_anonymous": "true",
            "user": "root",
            "persistence": "true",
            "persistence_location": f"{folder}/",
            # It stops in order; saved at every change, 20,000 waiting messages take it minutes.
            "autosave_interval": 60,
            "max_queued_messages": 100_000,
            "max_inflight_messages": 200,
        } | more
        lines = [f"{name} {value}" for name, value in said.items() if value is not None]
        self.conf.write_text("\n".join([f"listener {self.port} 127.0.0.1", *lines]) + "\n")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self.conf)], stderr=subprocess.DEVNULL
        )

    async def ready(self):
        await until(self._reachable)

    async def _reachable(self):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def stop(self):
        self.process.terminate()
        await asyncio.to_thread(self.process.wait)
