"""Signal alarms: what a vehicle's own messages show, and the cases that people handle."""

from telemetry.alarms.cases import (
    Case,
    CaseEvent,
    CaseSettled,
    Outcome,
    Page,
    Query,
    UnknownCase,
    acknowledge,
    cases,
    close,
    find_case,
    open_counts,
)
from telemetry.alarms.context import BY_DEFAULT, Context, Judged, context, parameters
from telemetry.alarms.model import AlarmFact, Rule, Severity
from telemetry.alarms.rules import (
    RuleChange,
    RuleLine,
    Scope,
    Setting,
    rule_history,
    rules,
    set_rule,
)
from telemetry.alarms.stream import STREAM, Alarms
from telemetry.alarms.thresholds import DEFAULTS, InvalidSetting, Thresholds

__all__ = [
    "BY_DEFAULT",
    "DEFAULTS",
    "STREAM",
    "AlarmFact",
    "Alarms",
    "Case",
    "CaseEvent",
    "CaseSettled",
    "Context",
    "InvalidSetting",
    "Judged",
    "Outcome",
    "Page",
    "Query",
    "Rule",
    "RuleChange",
    "RuleLine",
    "Scope",
    "Setting",
    "Severity",
    "Thresholds",
    "UnknownCase",
    "acknowledge",
    "cases",
    "close",
    "context",
    "find_case",
    "open_counts",
    "parameters",
    "rule_history",
    "rules",
    "set_rule",
]
