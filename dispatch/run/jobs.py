"""Which coroutines make up each role."""

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from dispatch.kernel import db
from dispatch.kernel.log import get_logger
from dispatch.run.roles import Role
from dispatch.run.signals import until

if TYPE_CHECKING:
    from dispatch.run.wiring import Context

log = get_logger(__name__)
Job: TypeAlias = "Callable[[Context], Coroutine[Any, Any, None]]"


async def sequencer(context: "Context") -> None:
    """Number business events; one process at a time really does."""
    await until(context.stop, db.sequence(context.pool))


async def intake(context: "Context") -> None:
    """Take in what devices send, through our own door or an outside broker."""
    from dispatch.run import mouth, ports
    from telemetry import ingest

    ports.raise_descriptor_limit()
    settings = mouth.of(context.settings, context.dsn)
    await ingest.run(
        settings, stop=context.stop, ready=lambda port: log.info("taking messages in", port=port)
    )


async def folds(context: "Context") -> None:
    """Fold fixes into journeys and fence visits."""
    from telemetry import understand

    await understand.run(understand.UnderstandSettings(context.dsn), stop=context.stop)


async def tolls(context: "Context") -> None:
    """Compare passages that somebody claims with where the vehicle was."""
    from telemetry import passages

    await until(context.stop, passages.run(context.pool))


async def health(context: "Context") -> None:
    """Measure how far terminals can be trusted, today and yesterday."""
    from telemetry import quality

    await until(context.stop, quality.keep(context.pool, context.clock.now))


async def plans(context: "Context") -> None:
    """Make the plans that are asked for, each in a process of its own."""
    from dispatch import orders

    await orders.run_planner(context.pool, context.clock.now, context.stop)


async def drive_times(context: "Context") -> None:
    """Keep the drive times between all places."""
    from dispatch import orders

    server = context.settings.routing_url
    await orders.keep_drive_times(context.pool, context.clock.now, context.stop, server=server)


async def time_keeper(context: "Context") -> None:
    """What time alone does: legs that run over are extended, requests expire."""
    from dispatch import orders

    await orders.keep_time(context.pool, context.clock.now, context.stop)


async def trips(context: "Context") -> None:
    """Measure what was driven, as facts and check-ins change."""
    from dispatch import trips as room

    await until(context.stop, room.run(context.pool))


async def books(context: "Context") -> None:
    """Match receipts and post what the facts now say."""
    from dispatch import accounting

    await until(context.stop, accounting.run(context.pool, context.clock))


async def retention(context: "Context") -> None:
    """Let go what is due, and raw data before their time when the disk is low."""
    from dispatch import accounting
    from dispatch.run import kept
    from telemetry import storage

    said = context.settings
    keeping = storage.keep(
        context.pool,
        context.clock.now,
        kept.policy(said),
        kept.gauge(said),
        accounting.first_unpublished,
        kept.also(said),
    )
    await until(context.stop, keeping)


async def pages(context: "Context") -> None:
    """HTTP, the live socket and the built pages."""
    from dispatch.run import web_role

    await web_role.run(context)


OF_ROLE: Mapping[Role, Mapping[str, Job]] = {
    Role.INGEST: {"intake": intake},
    Role.UNDERSTAND: {"folds": folds, "tolls": tolls, "health": health, "sequencer": sequencer},
    Role.PLANNER: {
        "plans": plans,
        "drive times": drive_times,
        "time keeper": time_keeper,
        "trips": trips,
        "books": books,
        "retention": retention,
    },
    Role.WEB: {"pages": pages},
}
"""The coroutines of each role by name."""
