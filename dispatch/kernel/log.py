"""Logs are events with fields: a lower-case phrase, then facts. Never personal data."""

import logging
import sys

import structlog


def configure(level: str, *, as_json: bool) -> None:
    """Set up logging once a process, to standard error.

    Args:
        level: a name that the standard library knows, such as INFO.
        as_json: one JSON object a line (services); else a console form (terminals).
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=_to_standard_error,
        cache_logger_on_first_use=False,
    )


def _to_standard_error(*_names: object) -> structlog.PrintLogger:
    """To what standard error is now: a stream that replaced it for a while may be closed since."""
    return structlog.PrintLogger(sys.stderr)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of a module; call it with a phrase and fields."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name, room=name)
    return logger
