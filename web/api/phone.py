"""The driver's phone: my orders, and every tap."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from starlette.datastructures import UploadFile

from dispatch import orders
from dispatch.access import Principal
from dispatch.kernel.errors import Invalid, NotAllowed
from dispatch.kernel.ids import DriverId, OrderId
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.requests import PlaceOut

router = APIRouter(prefix="/api/v1", tags=["phone"])


class TapBrief(BaseModel):
    """A check-in that is stored."""

    kind: str
    taken_at: datetime
    odometer_m: int | None


class PartyBrief(BaseModel):
    """Who rides on a shared trip: `on_turn` and `off_turn` number the stops."""

    order_id: int
    order_no: str
    state: str
    unit_name: str
    lead_passenger: str
    passengers: int
    purpose_text: str
    from_id: int
    from_name: str
    to_name: str
    on_turn: int
    off_turn: int
    on_at: datetime
    off_at: datetime


class MyOrder(BaseModel):
    """One of a driver's own trips; of a shared one with all who ride, in the order of getting on.

    What is tapped on it holds for all of them, but each gets on by its own order.
    """

    id: int
    order_no: str
    state: str
    vehicle_id: int
    plate: str | None
    unit_name: str
    lead_passenger: str
    passengers: int
    from_place: PlaceOut
    to_place: PlaceOut
    depart_at: datetime
    return_at: datetime
    starts: datetime
    ends: datetime
    kind: str
    purpose_text: str
    dispatch_phone: str | None
    check_ins: list[TapBrief]
    odometer_out_m: int | None
    parties: list[PartyBrief]


class MyChange(BaseModel):
    """An order that others took from a driver; `new_plate`: the driver has it on that car now."""

    order_id: int
    leg_id: int
    order_no: str
    at: datetime
    moved: bool
    depart_at: datetime
    from_name: str
    to_name: str
    plate: str | None
    new_plate: str | None


class TapIn(BaseModel):
    """One tap; `taken_at` and `counter` are the phone's own."""

    client_key: Annotated[str, Field(min_length=8, max_length=128)]
    kind: Literal["accept", "decline", "depart", "onboard", "arrive", "return", "receipt"]
    taken_at: AwareDatetime
    counter: Annotated[int, Field(ge=0, lt=2**62)]
    odometer_m: Annotated[int, Field(ge=0, le=5_000_000_000)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    amount_fen: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    note: Annotated[str, Field(max_length=500)] | None = None


class TapOut(BaseModel):
    """The order's state after a tap, and what looks wrong."""

    state: str
    notes: list[str] = []
    replayed: bool


_TAP = TypeAdapter(TapIn)
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


async def _tap(request: Request) -> orders.Tap:
    """A tap as JSON, or as a form with an optional file `photo`."""
    if request.headers.get("content-type", "").startswith(_FORMS):
        async with request.form(max_files=1, max_fields=20) as form:
            plain: dict[str, Any] = {k: v for k, v in form.items() if isinstance(v, str)}
            upload = form.get("photo")
            photo = await _bytes(upload) if isinstance(upload, UploadFile) else None
    else:
        photo = None
        try:
            plain = msgspec.json.decode(await request.body(), type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Invalid("a tap is a JSON object or a form") from error
    try:
        tap = _TAP.validate_python(plain)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    fields = tap.model_dump() | {"taken_at": tap.taken_at.astimezone(UTC), "photo": photo}
    return orders.Tap(**fields)


async def _bytes(upload: UploadFile) -> bytes:
    content = await upload.read(orders.MOST_PHOTO_BYTES + 1)
    if len(content) > orders.MOST_PHOTO_BYTES:
        raise Invalid(f"a photo has at most {orders.MOST_PHOTO_BYTES} bytes")
    return content


def _driver(who: Principal) -> DriverId:
    if who.driver_id is None:
        raise NotAllowed("you are no driver")
    return who.driver_id


@router.get("/my/orders", dependencies=[requires("driver")])
async def my_orders(conn: Reading, who: Caller, now: Now) -> list[MyOrder]:
    """My own orders."""
    rows = await orders.my_orders(conn, _driver(who), now)
    return [MyOrder.model_validate(row) for row in rows]


@router.get("/my/changes", dependencies=[requires("driver")])
async def my_changes(conn: Reading, who: Caller, now: Now) -> list[MyChange]:
    """Orders that were taken from me within half a day."""
    rows = await orders.my_changes(conn, _driver(who), now)
    return [MyChange.model_validate(row) for row in rows]


@router.post(
    "/my/orders/{order_id}/check-ins",
    status_code=201,
    dependencies=[requires("driver")],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": TapIn.model_json_schema()},
                "multipart/form-data": {
                    "schema": {
                        **TapIn.model_json_schema(),
                        "properties": {
                            **TapIn.model_json_schema()["properties"],
                            "photo": {"type": "string", "format": "binary"},
                        },
                    }
                },
            },
        }
    },
)
async def check_in(
    order_id: int,
    tap: Annotated[orders.Tap, Depends(_tap)],
    response: Response,
    conn: Transaction,
    who: Caller,
    now: Now,
) -> TapOut:
    """One tap on one of my orders; the same key gives the same answer."""
    answer = await orders.check_in(conn, OrderId(order_id), _driver(who), tap, now)
    response.status_code = answer.status
    return TapOut.model_validate({**answer.body, "replayed": answer.replayed})
