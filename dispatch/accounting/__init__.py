"""Receipts matched to trips, and the ledger that follows the facts."""

from dispatch.accounting.ledger import Desired, Line, difference
from dispatch.accounting.matching import Match, TripSpan, match
from dispatch.accounting.periods import PeriodNotOpen, close, first_unpublished, publish
from dispatch.accounting.service import catch_up, run
from dispatch.accounting.sheet import (
    OrderCosts,
    ReceiptLine,
    Sheet,
    SheetRow,
    SourceLine,
    order_costs,
    receipts,
    sheet,
    source_lines,
)

__all__ = [
    "Desired",
    "Line",
    "Match",
    "OrderCosts",
    "PeriodNotOpen",
    "ReceiptLine",
    "Sheet",
    "SheetRow",
    "SourceLine",
    "TripSpan",
    "catch_up",
    "close",
    "difference",
    "first_unpublished",
    "match",
    "order_costs",
    "publish",
    "receipts",
    "run",
    "sheet",
    "source_lines",
]
