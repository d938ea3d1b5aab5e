"""Telemetry in: authenticated, stored, then acknowledged. Nothing else."""

from telemetry.ingest.again import Retried, try_again, try_all_again
from telemetry.ingest.broker_url import BadBrokerTls, BadBrokerUrl
from telemetry.ingest.door import PortTaken
from telemetry.ingest.pace import Pace
from telemetry.ingest.run import run
from telemetry.ingest.settings import IngestSettings

__all__ = [
    "BadBrokerTls",
    "BadBrokerUrl",
    "IngestSettings",
    "Pace",
    "PortTaken",
    "Retried",
    "run",
    "try_again",
    "try_all_again",
]
