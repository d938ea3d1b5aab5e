"""`gongche doctor`: what stands in the way, before anyone wonders."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch.run.cli_settings import settings

if TYPE_CHECKING:
    from dispatch.run.doctor import Finding
    from telemetry import ingest

app = typer.Typer(help="检查是否就绪 · See whether everything is ready.", no_args_is_help=False)
MARKS = {True: "ok  ", False: "BAD ", None: "?   "}


@app.callback(invoke_without_command=True)
def doctor(context: typer.Context) -> None:
    """检查这台机器是否就绪 · See whether this machine can run the system."""
    if context.invoked_subcommand is not None:
        return
    from dispatch.run.doctor import examine

    _tell(asyncio.run(examine(settings())), as_json=False)


@app.command()
def mqtt(
    url: Annotated[str, typer.Option(help="代理地址，缺省为设置 · Else GONGCHE_MQTT_URL.")] = "",
    messages: Annotated[
        int, typer.Option(min=1, max=60_000, help="留存多少条来试 · How many are left waiting.")
    ] = 5_000,
    device: Annotated[
        str, typer.Option(help="以此设备试冒名 · A device, to try whether it can pose as another.")
    ] = "",
    password: Annotated[str, typer.Option(help="该设备的密码 · Its password at the broker.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · As JSON.")] = False,
) -> None:
    """试出外部 MQTT 代理会丢什么 · Try what the outside broker would lose, and whom it believes."""
    from dispatch.run.mouth import broker
    from telemetry import ingest

    asked = ingest.Questions(
        broker(settings(), url), messages, (device, password) if device else None
    )
    _tell(asyncio.run(ingest.examine(asked)), as_json=as_json)


def _tell(findings: "Iterable[Finding | ingest.Finding]", *, as_json: bool) -> None:
    findings = list(findings)
    if as_json:
        found = [asdict(finding) for finding in findings]
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            typer.echo(f"{MARKS[finding.good]}{finding.what:<12}{finding.said}")
    if any(finding.good is False for finding in findings):
        raise typer.Exit(1)
