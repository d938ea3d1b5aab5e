"""What an outside broker would lose, told by trying: it is asked to carry probes of our own.

They go to gongche/probe/..., which our account must be allowed to publish and to read. A probe of
who may speak for whom goes to gongche/v1/probe-.../status, where devices publish.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from telemetry.ingest import impostors
from telemetry.ingest.broker_url import BrokerUrl
from telemetry.ingest.findings import QUIET_S, Finding, Questions, name
from telemetry.ingest.talk import NoAnswer, talk

SHARED_OUT = 40
IN_FLIGHT_WANTED = 200


async def examine(questions: Questions) -> list[Finding]:
    """Ask everything; what raises is a finding too."""
    try:
        async with talk(questions.where, name("hello")):
            pass
    except NoAnswer as error:
        return [Finding("connection", False, str(error))]
    spoken = "TLS" if questions.where.tls else "in the clear: use mqtts:// beyond this machine"
    found = [Finding("connection", True, f"let in, {spoken}")]
    asked: Sequence[tuple[str, Callable[[Questions], Awaitable[Finding]]]] = (
        ("waiting", waiting),
        ("in flight", in_flight),
        ("restart", restart),
        ("shared", lambda q: shared(q.where)),
        ("retained", retained),
        ("anonymous", impostors.anonymous),
        ("spoofing", impostors.spoofing),
    )
    for what, question in asked:
        try:
            found.append(await question(questions))
        except NoAnswer as error:
            found.append(Finding(what, None, f"cannot be told: {error}"))
    return found


def topic_of(client: str) -> str:
    """Where a probe is published."""
    return f"gongche/probe/{client}"


async def waiting(questions: Questions) -> Finding:
    """How many messages the broker keeps while we are away."""
    client = name("waiting")
    topic, count = topic_of(client), questions.messages
    async with talk(questions.where, client, clean=False) as reader:
        if not await reader.subscribe(topic):
            return Finding("waiting", None, f"cannot be told: {topic} may not be read")
    async with talk(questions.where, name("publisher")) as publisher:
        await publisher.publish(topic, count)
    async with talk(questions.where, client, clean=False) as reader:
        await _settled(reader.until, lambda: len(reader.came_in), count)
        came = len({one.payload for one in reader.came_in})
    async with talk(questions.where, client):
        pass  # a clean session ends the kept one
    if not came:
        return Finding("waiting", None, f"cannot be told: nothing published on {topic} came back")
    if came < count:
        said = f"keeps {came:,} of {count:,} messages while we are away and loses the others"
        return Finding("waiting", False, f"{said}: raise its queue (max_queued_messages)")
    return Finding("waiting", True, f"all {count:,} messages that waited came back")


async def in_flight(questions: Questions) -> Finding:
    """How many unacknowledged messages the broker lets fly; we acknowledge in batches."""
    client = name("flying")
    topic = topic_of(client)
    async with talk(questions.where, client, acknowledging=False) as reader:
        if not await reader.subscribe(topic):
            return Finding("in flight", None, f"cannot be told: {topic} may not be read")
        async with talk(questions.where, name("publisher")) as publisher:
            await publisher.publish(topic, 2 * IN_FLIGHT_WANTED)
        await _settled(reader.until, lambda: len(reader.came_in), IN_FLIGHT_WANTED)
        came = len(reader.came_in)
    if not came:
        return Finding("in flight", None, f"cannot be told: nothing published on {topic} came back")
    said = f"{came} or more" if came >= IN_FLIGHT_WANTED else f"at most {came}"
    advice = "" if came >= IN_FLIGHT_WANTED else ", which is slow: raise max_inflight_messages"
    return Finding("in flight", came >= IN_FLIGHT_WANTED, f"{said} unacknowledged{advice}")


async def restart(questions: Questions) -> Finding:
    """Whether messages survive a restart cannot be asked; say what the broker's kind needs."""
    async with talk(questions.where, name("sys")) as reader:
        if await reader.subscribe("$SYS/broker/version"):
            await reader.until(lambda: bool(reader.came_in), QUIET_S)
        version = (
            reader.came_in[0].payload.decode("utf-8", "replace")[:80] if reader.came_in else ""
        )
    if "mosquitto" in version:
        return Finding(
            "restart",
            None,
            f"{version}: needs persistence true and autosave_on_changes true with "
            "autosave_interval 1, else what it acknowledged is lost when it is killed",
        )
    return Finding(
        "restart", None, f"{version or 'unknown broker'}: see that its sessions are durable"
    )


async def shared(where: BrokerUrl) -> Finding:
    """Whether two subscribers of $share get each message once between them."""
    topic = topic_of(name("shared"))
    group = f"$share/{topic.rpartition('/')[2]}/{topic}"
    async with (
        talk(where, name("one")) as one,
        talk(where, name("two")) as two,
        talk(where, name("control")) as control,
    ):
        granted = [await one.subscribe(group), await two.subscribe(group)]
        if not all(granted):
            return Finding("shared", False, "refuses $share: run one ingest process only")
        await control.subscribe(topic)
        async with talk(where, name("publisher")) as publisher:
            await publisher.publish(topic, SHARED_OUT)
        await _settled(control.until, lambda: len(control.came_in), SHARED_OUT)
        if len(control.came_in) < SHARED_OUT:
            return Finding("shared", None, f"cannot be told: {topic} does not come back")
        await _settled(two.until, lambda: len(one.came_in) + len(two.came_in), SHARED_OUT)
        came = len(one.came_in) + len(two.came_in)
    if came == SHARED_OUT:
        return Finding("shared", True, f"$share is real: {len(one.came_in)} and {len(two.came_in)}")
    return Finding(
        "shared",
        False,
        f"grants $share, but of {SHARED_OUT} messages two subscribers got {came}: "
        "run one ingest process only",
    )


async def retained(questions: Questions) -> Finding:
    """Whether retained messages come again at each connection; they are doubles, so harmless."""
    topic = topic_of(name("retained"))
    async with talk(questions.where, name("publisher")) as publisher:
        await publisher.publish(topic, retain=True)
        async with talk(questions.where, name("reader")) as reader:
            granted = await reader.subscribe(topic)
            await reader.until(lambda: bool(reader.came_in), QUIET_S)
            came = len(reader.came_in)
        publisher.forget_retained(topic)
    if not granted:
        return Finding("retained", None, f"cannot be told: {topic} may not be read")
    said = "come again at each connection, once each" if came else "are not kept"
    return Finding("retained", True, f"retained messages {said}; doubles are stored once")


async def _settled(
    until: Callable[[Callable[[], bool], float], Awaitable[bool]],
    count: Callable[[], int],
    enough: int,
) -> None:
    """Wait until so many came, or for a second none."""
    while count() < enough:
        before = count()
        if not await until(partial(_grew, count, before), QUIET_S):
            return
    await until(lambda: count() > enough, QUIET_S / 4)


def _grew(count: Callable[[], int], before: int) -> bool:
    return count() > before
