"""Telemetry in: authenticated, stored, then acknowledged. Nothing else."""

from telemetry.ingest.again import Retried, try_again, try_all_again
from telemetry.ingest.broker_url import BadBrokerTls, BadBrokerUrl, BrokerUrl
from telemetry.ingest.broker_url import parse as parse_broker_url
from telemetry.ingest.door import PortTaken
from telemetry.ingest.findings import Finding, Questions
from telemetry.ingest.pace import Pace
from telemetry.ingest.probes import examine
from telemetry.ingest.run import run
from telemetry.ingest.settings import IngestSettings

__all__ = [
    "BadBrokerTls",
    "BadBrokerUrl",
    "BrokerUrl",
    "Finding",
    "IngestSettings",
    "Pace",
    "PortTaken",
    "Questions",
    "Retried",
    "examine",
    "parse_broker_url",
    "run",
    "try_again",
    "try_all_again",
]
