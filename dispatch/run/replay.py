"""`gongche replay`: recorded fixes through the door, at a chosen pace, as any device would."""

import sys
from collections.abc import Mapping
from pathlib import Path

from dispatch.access import Role
from dispatch.kernel.errors import Invalid, SetupError
from dispatch.run.desk import desk
from dispatch.run.scenario import program_token
from dispatch.run.settings import Settings
from dispatch.run.signals import stop_signal
from simulators.recording import BrokenCsv
from simulators.replay import KeepsTimes, Playback, play


class NoDoor(SetupError):
    """The recording's devices are registered with us, and an outside broker would not know them."""

    code = "replay-needs-the-door"

    def __init__(self) -> None:
        super().__init__("replay publishes through our own door; unset GONGCHE_MQTT_URL")


async def replay(settings: Settings, file: Path, *, speed: float, keep_times: bool) -> None:
    """Register the devices of a recording and publish its fixes.

    Raises:
        Invalid: the file is broken (the message names the lines), or its times may not be kept.
        NothingRuns: there is no system to publish to.
        NoDoor: it takes messages from an outside broker.
    """
    async with desk(settings) as at:
        if at.door is None:
            raise NoDoor
        token = await program_token(at.conn, at.now, Role.SYSTEM_ADMIN, name="回放 replay")
        address, http = (at.door.host, at.door.port), at.http_url
    playback = Playback(file, http, address, token, speed, keep_times)
    try:
        async with stop_signal() as stop:
            _tell(await play(playback, _tell, stop))
    except (BrokenCsv, KeepsTimes) as error:
        raise Invalid(str(error)) from None
    except OSError as error:
        raise Invalid(f"{file}: {error.strerror or error}") from None


def _tell(said: Mapping[str, object]) -> None:
    facts = "  ".join(f"{name} {value}" for name, value in said.items() if name != "phase")
    sys.stdout.write(f"{said.get('phase', '')}: {facts}\n")
    sys.stdout.flush()
