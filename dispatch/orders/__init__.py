"""Dispatch orders (派车单): who drives whom, in which car, when; and what the phones say."""

from dispatch.orders.assign import Choice
from dispatch.orders.breakdown import apply_breakdown
from dispatch.orders.candidates import Candidates
from dispatch.orders.checkin import Tap, check_in
from dispatch.orders.close import Closing, close_order
from dispatch.orders.compare import plan_changes
from dispatch.orders.drive_times import drives, keep_drive_times
from dispatch.orders.late import extend_overdue
from dispatch.orders.model import Order, OrderState
from dispatch.orders.photo import MOST_BYTES as MOST_PHOTO_BYTES
from dispatch.orders.plan_keeping import PlansKept, plans_kept, shed_plans
from dispatch.orders.plan_views import list_plans, show_plan
from dispatch.orders.plans import apply_plan, ask_plan, run_planner
from dispatch.orders.progress import stop_plan
from dispatch.orders.proposal import Proposal, propose_breakdown
from dispatch.orders.rental_close import RentalClosing, close_rental
from dispatch.orders.repaired import Repaired, end_breakdown
from dispatch.orders.service import (
    approve,
    assign,
    cancel_request,
    candidates,
    rent,
    review_rental,
    room_for,
)
from dispatch.orders.takeback import reassign, withdraw
from dispatch.orders.timekeeper import keep_time, look
from dispatch.orders.views import (
    OrderFilter,
    RequestFilter,
    gantt,
    list_orders,
    list_requests,
    my_changes,
    my_orders,
    show_order,
    show_request,
)
from dispatch.orders.why import explain_request

__all__ = [
    "MOST_PHOTO_BYTES",
    "Candidates",
    "Choice",
    "Closing",
    "Order",
    "OrderFilter",
    "OrderState",
    "PlansKept",
    "Proposal",
    "RentalClosing",
    "Repaired",
    "RequestFilter",
    "Tap",
    "apply_breakdown",
    "apply_plan",
    "approve",
    "ask_plan",
    "assign",
    "cancel_request",
    "candidates",
    "check_in",
    "close_order",
    "close_rental",
    "drives",
    "end_breakdown",
    "explain_request",
    "extend_overdue",
    "gantt",
    "keep_drive_times",
    "keep_time",
    "list_orders",
    "list_plans",
    "list_requests",
    "look",
    "my_changes",
    "my_orders",
    "plan_changes",
    "plans_kept",
    "propose_breakdown",
    "reassign",
    "rent",
    "review_rental",
    "room_for",
    "run_planner",
    "shed_plans",
    "show_order",
    "show_plan",
    "show_request",
    "stop_plan",
    "withdraw",
]
