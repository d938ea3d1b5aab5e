"""Day plans: ask for one, look at it, apply it."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dispatch import orders
from web.api.deps import Caller, Now, Reading, Transaction, requires

router = APIRouter(prefix="/api/v1", tags=["plans"])

DISPATCHERS = ("dispatcher", "city_dispatcher")


class PlanIn(BaseModel):
    """Which day, how many seconds to think, and whether to put it into orders at once."""

    day: date
    seconds: Annotated[float, Field(gt=0, le=60)] = 10
    apply: bool = False


class PlanId(BaseModel):
    """The plan that was asked for."""

    id: int


class PlanBrief(BaseModel):
    """A plan's figures; of fen, and what is proven about them."""

    id: int
    day: date
    state: str
    asked_at: datetime
    finished_at: datetime | None
    seconds: float | None
    tasks: int | None
    unserved: int | None
    rentals: int | None
    cost_fen: int | None
    greedy_fen: int | None
    bound_kind: str | None
    bound_fen: int | None
    applied_at: datetime | None
    outcome: dict[str, Any] | None
    error: str | None


class PlanOut(PlanBrief):
    """A plan with its decisions, as far as they concern the caller's platforms."""

    assignments: list[dict[str, Any]]
    rented: list[dict[str, Any]]
    unserved_reasons: list[dict[str, Any]]


class PlanList(BaseModel):
    """Plans, newest first."""

    items: list[PlanBrief]
    next: int | None = None


@router.post("/plans", status_code=202, dependencies=[requires(*DISPATCHERS)])
async def ask(body: PlanIn, conn: Transaction, who: Caller, now: Now) -> PlanId:
    """Ask for a plan of a day; all platforms' requests are planned together."""
    return PlanId(
        id=await orders.ask_plan(conn, body.day, who, now, budget_s=body.seconds, apply=body.apply)
    )


@router.get("/plans", dependencies=[requires(*DISPATCHERS)])
async def list_plans(conn: Reading, day: date | None = None) -> PlanList:
    """Plans, newest first."""
    rows = await orders.list_plans(conn, day)
    return PlanList(items=[PlanBrief.model_validate(row) for row in rows])


@router.get("/plans/{plan_id}", dependencies=[requires(*DISPATCHERS)])
async def show(plan_id: int, conn: Reading, who: Caller) -> PlanOut:
    """One plan."""
    return PlanOut.model_validate(await orders.show_plan(conn, plan_id, who))


@router.post("/plans/{plan_id}/apply", dependencies=[requires(*DISPATCHERS)])
async def apply(plan_id: int, conn: Transaction, who: Caller, now: Now) -> PlanOut:
    """Turn a plan into orders; what meets a conflict is reported, the rest holds."""
    await orders.apply_plan(conn, plan_id, who, now)
    return PlanOut.model_validate(await orders.show_plan(conn, plan_id, who))
