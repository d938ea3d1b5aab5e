"""Whether the broker lets anybody speak in a device's name, told by trying.

An ingest that runs meanwhile lists the name of the probe among the unknown devices.
"""

from dataclasses import replace

from telemetry.ingest.broker_url import BrokerUrl
from telemetry.ingest.findings import QUIET_S, Finding, Questions, name
from telemetry.ingest.talk import NoAnswer, NotLetIn, talk


async def anonymous(questions: Questions) -> Finding:
    """Whether somebody without a name may publish as a device."""
    nobody = replace(questions.where, username=None, password=None)
    try:
        spoke = await _speaks(questions.where, nobody)
    except NotLetIn:
        return Finding("anonymous", True, "refused")
    if spoke:
        return Finding(
            "anonymous", False, "anybody may publish as any device: set allow_anonymous false"
        )
    return Finding("anonymous", True, "let in, but may not publish as a device")


async def spoofing(questions: Questions) -> Finding:
    """Whether one device may publish as another."""
    if questions.device is None:
        return Finding(
            "spoofing", None, "cannot be told: give a device with --device and --password"
        )
    username, password = questions.device
    try:
        spoke = await _speaks(
            questions.where, replace(questions.where, username=username, password=password)
        )
    except NotLetIn as error:
        return Finding("spoofing", None, f"cannot be told: {username} is {error}")
    if spoke:
        said = f"{username} may publish as another device: allow gongche/v1/%u/# only"
        return Finding("spoofing", False, said)
    return Finding("spoofing", True, f"{username} may publish under its own name only")


async def _speaks(ours: BrokerUrl, theirs: BrokerUrl) -> bool:
    """Whether what they publish in another device's name reaches us."""
    topic = f"gongche/v1/{name('spoof')}/status"
    async with talk(ours, name("reader")) as reader:
        if not await reader.subscribe("gongche/v1/+/status"):
            raise NoAnswer("our account may not read gongche/v1/+/status")
        async with talk(theirs, name("stranger")) as stranger:
            await stranger.publish(topic)
        return await reader.until(
            lambda: any(one.topic == topic for one in reader.came_in), QUIET_S
        )
