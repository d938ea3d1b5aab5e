"""`gongche devices`: who may send, and on which vehicle a terminal is."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dispatch.run.cli_settings import settings

if TYPE_CHECKING:
    from dispatch.kernel.ids import VehicleId
    from dispatch.run.desk import Desk

app = typer.Typer(
    help="终端与发卡方的凭证与绑定 · Credentials of terminals and issuers, and their vehicles.",
    no_args_is_help=True,
)

Kind = Literal["terminal", "provider"]
Name = Annotated[str, typer.Argument(help="设备名 · The device's name, also its MQTT user name.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · JSON on standard output.")]
Vehicle = Annotated[
    str, typer.Option(help="车辆编号或车牌 · The vehicle's code, plate or number of ours.")
]
Since = Annotated[
    datetime | None, typer.Option("--from", help="起（缺省为现在），UTC · Since when; now.")
]


@app.command()
def add(
    name: Name,
    kind: Annotated[Kind, typer.Option(help="终端或发卡方 · What it is.")] = "terminal",
    vehicle: Vehicle = "",
    as_json: AsJson = False,
) -> None:
    """新增设备并显示一次性凭证 · Create a device; its token is shown this once."""

    async def act(desk: "Desk") -> None:
        from telemetry import devices

        device, token = await devices.create(desk.conn, name, kind)
        if vehicle:
            await devices.bind(desk.conn, name, await _vehicle(desk, vehicle), desk.now)
        await _record(desk, "device.add", name)
        _show_token(desk, name, device.kind, token, as_json=as_json)

    _at_desk(act)


@app.command()
def rotate(
    name: Name,
    grace_hours: Annotated[
        float,
        typer.Option(min=0, help="旧凭证最长再用多久，0 为立即失效 · How long the old one opens."),
    ] = 72.0,
    as_json: AsJson = False,
) -> None:
    """更换凭证：设备用上新的，旧的即失效 · A new token; the old one opens until it was used."""

    async def act(desk: "Desk") -> None:
        from telemetry import devices

        token = await devices.rotate(desk.conn, name, timedelta(hours=grace_hours))
        device = await devices.find(desk.conn, name)
        await _record(desk, "device.rotate", name)
        _show_token(desk, name, device.kind, token, as_json=as_json)

    _at_desk(act)


@app.command()
def ca() -> None:
    """打印自签机构证书，装到终端上 · Print the authority that devices must trust, as PEM."""
    from datetime import UTC

    from dispatch.run import certificates

    typer.echo(certificates.authority_pem(settings().data_dir, datetime.now(UTC)), nl=False)


@app.command()
def bind(name: Name, vehicle: Vehicle, since: Since = None, until: datetime | None = None) -> None:
    """把终端装到某车（可补录过去的时段） · Put a terminal on a vehicle, also in the past."""

    async def act(desk: "Desk") -> None:
        from telemetry import devices

        begin = _utc(since) or desk.now
        vehicle_id = await _vehicle(desk, vehicle)
        await devices.bind(desk.conn, name, vehicle_id, begin, _utc(until))
        await _record(desk, "device.bind", name)
        typer.echo(f"{name} -> {vehicle} from {begin.isoformat()}")

    _at_desk(act)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """列出设备 · List the devices, and who knocked without being let in."""

    async def act(desk: "Desk") -> None:
        from telemetry import devices

        known = await devices.list_all(desk.conn, desk.now)
        refused = await devices.refused(desk.conn)
        if as_json:
            found = {"devices": [asdict(d) for d in known], "refused": [asdict(d) for d in refused]}
            typer.echo(json.dumps(found, default=str, ensure_ascii=False, indent=2))
            return
        for device in known:
            on = f"vehicle {device.vehicle_id}" if device.vehicle_id else ""
            off = "" if device.enabled else "disabled"
            typer.echo(f"{device.name:<32} {device.kind:<9} {on} {off}".rstrip())
        for stranger in refused:
            typer.echo(f"{stranger.name:<32} refused {stranger.times} times: {stranger.reason}")

    _at_desk(act)


def _at_desk(act: "Callable[[Desk], Awaitable[None]]") -> None:
    async def run() -> None:
        from dispatch.run.desk import desk

        async with desk(settings()) as open_desk:
            await act(open_desk)

    asyncio.run(run())


async def _vehicle(desk: "Desk", said: str) -> "VehicleId":
    from dispatch.kernel import db
    from dispatch.kernel.errors import NotFound

    sql = db.statements(__file__, "run.sql")["find_vehicle"]
    found = await desk.conn.fetchval(sql, said, desk.now)
    if found is None:
        raise NotFound(f"no vehicle {said!r}")
    vehicle_id: VehicleId = found
    return vehicle_id


async def _record(desk: "Desk", action: str, name: str) -> None:
    from dispatch import access

    await access.append(
        desk.conn, at=desk.now, actor=desk.who, action=action, object=f"device:{name}", detail={}
    )


def _utc(at: datetime | None) -> datetime | None:
    from datetime import UTC

    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


def _show_token(desk: "Desk", name: str, kind: str, token: str, *, as_json: bool) -> None:
    channels = ("fix", "fuel", "etc", "status") if kind == "terminal" else ("fuel-card", "toll")
    topics = [f"gongche/v1/{name}/{channel}" for channel in channels]
    if as_json:
        mqtt = asdict(desk.door) if desk.door else None
        shown = {"name": name, "kind": kind, "username": name, "token": token}
        typer.echo(json.dumps(shown | {"mqtt": mqtt, "topics": topics}, indent=2))
        return
    typer.echo(f"user name  {name}\npassword   {token}   (shown this once)")
    if desk.door:
        spoken = " (TLS)" if desk.door.tls else ""
        typer.echo(f"door       {desk.door.host}:{desk.door.port}{spoken}")
    typer.echo("topics     " + " ".join(topics))
