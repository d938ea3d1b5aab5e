"""Signal alarms: what a vehicle's own messages show, and the cases that people handle."""

from telemetry.alarms.context import BY_DEFAULT, Context, Judged, context, parameters
from telemetry.alarms.model import AlarmFact, Rule, Severity
from telemetry.alarms.stream import Alarms
from telemetry.alarms.thresholds import DEFAULTS, InvalidSetting, Thresholds

__all__ = [
    "BY_DEFAULT",
    "DEFAULTS",
    "AlarmFact",
    "Alarms",
    "Context",
    "InvalidSetting",
    "Judged",
    "Rule",
    "Severity",
    "Thresholds",
    "context",
    "parameters",
]
