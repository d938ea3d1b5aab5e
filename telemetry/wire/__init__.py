"""What goes over the wire: topics, and codecs between bytes and frozen structs."""

from telemetry.wire.codec import (
    MAX_MESSAGES,
    MAX_PAYLOAD_BYTES,
    SHORTEST_BYTES,
    BadPayload,
    decode,
    encode,
    json_schema,
)
from telemetry.wire.columns import Columns, Gathered
from telemetry.wire.flags import ReportedFlag
from telemetry.wire.messages import (
    EtcObservation,
    Fix,
    FuelObservation,
    Message,
    Receipt,
    Status,
)
from telemetry.wire.quick import report, reports
from telemetry.wire.topics import LONGEST_TOPIC, BadTopic, Channel, Topic, parse_topic

__all__ = [
    "LONGEST_TOPIC",
    "MAX_MESSAGES",
    "MAX_PAYLOAD_BYTES",
    "SHORTEST_BYTES",
    "BadPayload",
    "BadTopic",
    "Channel",
    "Columns",
    "EtcObservation",
    "Fix",
    "FuelObservation",
    "Gathered",
    "Message",
    "Receipt",
    "ReportedFlag",
    "Status",
    "Topic",
    "decode",
    "encode",
    "json_schema",
    "parse_topic",
    "report",
    "reports",
]
