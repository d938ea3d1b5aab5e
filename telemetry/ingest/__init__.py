"""Telemetry in: authenticated, stored, then acknowledged. Nothing else."""

from telemetry.ingest.broker_url import BadBrokerTls, BadBrokerUrl
from telemetry.ingest.door import PortTaken
from telemetry.ingest.run import run
from telemetry.ingest.settings import IngestSettings

__all__ = ["BadBrokerTls", "BadBrokerUrl", "IngestSettings", "PortTaken", "run"]
