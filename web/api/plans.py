"""Day plans: ask for one, look at it, apply it."""

from datetime import date

from fastapi import APIRouter

from dispatch import orders
from dispatch.kernel.ids import RequestId
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.plan_shapes import (
    ChangesOut,
    ExplanationOut,
    PlanBrief,
    PlanId,
    PlanIn,
    PlanList,
    PlanOut,
)

router = APIRouter(prefix="/api/v1", tags=["plans"])

DISPATCHERS = ("dispatcher", "city_dispatcher")


@router.post("/plans", status_code=202, dependencies=[requires(*DISPATCHERS)])
async def ask(body: PlanIn, conn: Transaction, who: Caller, now: Now) -> PlanId:
    """Ask for a plan of one to three days; all platforms' requests are planned together."""
    return PlanId(
        id=await orders.ask_plan(
            conn,
            body.day,
            who,
            now,
            budget_s=body.seconds,
            apply=body.apply,
            may_move=body.may_move,
            days=body.days,
        )
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


@router.post("/plans/{plan_id}/stop", dependencies=[requires(*DISPATCHERS)])
async def stop(plan_id: int, conn: Transaction, who: Caller, now: Now) -> PlanOut:
    """Ask the planner to end with the best it has."""
    await orders.stop_plan(conn, plan_id, who, now)
    return PlanOut.model_validate(await orders.show_plan(conn, plan_id, who))


@router.get("/plans/{plan_id}/explanations/{request_id}", dependencies=[requires(*DISPATCHERS)])
async def explain(plan_id: int, request_id: int, conn: Reading, who: Caller) -> ExplanationOut:
    """Why a plan serves a request as it does."""
    found = await orders.explain_request(conn, plan_id, RequestId(request_id), who)
    return ExplanationOut.model_validate(found)


@router.get("/plans/{plan_id}/changes", dependencies=[requires(*DISPATCHERS)])
async def changes(plan_id: int, conn: Reading, who: Caller) -> ChangesOut:
    """What a plan keeps, moves and saves against the plan of the day before it."""
    return ChangesOut.model_validate(await orders.plan_changes(conn, plan_id, who))
