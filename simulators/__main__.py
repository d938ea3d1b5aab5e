"""The simulators at the command line; see each command's --help.

    python -m simulators city --http URL --mqtt HOST:PORT --token-file F --out DIR
        [--seed N] [--start DATE] [--history-days 2] [--speed 10] [--for SECONDS]
        [--cars 74] [--scenario ordinary|calm|rough] [--report FILE]
    python -m simulators measure --http URL --mqtt HOST:PORT --token-file F --out DIR
        [--seed N] [--small]
    python -m simulators judge --truth DIR --dsn DSN [--report FILE]
    python -m simulators replay FILE.csv --http URL --mqtt HOST:PORT --token-file F
        [--speed X] [--keep-times]
    python -m simulators crowd --http URL --mqtt HOST:PORT --token-file F
        [--vehicles 1000] [--hz 1] [--for SECONDS]

Progress goes to standard output, one JSON object a line. The token file holds a bearer
token of a system administrator with the scope clock, and nothing else.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Http = Annotated[str, typer.Option(help="the product's URL")]
Mqtt = Annotated[str, typer.Option(help="HOST:PORT of the door or broker")]
TokenFile = Annotated[Path, typer.Option(help="file with a bearer token")]


@app.command()
def city(
    http: Http,
    mqtt: Mqtt,
    token_file: TokenFile,
    out: Annotated[Path, typer.Option(help="folder of the truth; made if absent")],
    seed: Annotated[int, typer.Option(help="everything invented follows from it")] = 1,
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])] = datetime(2026, 3, 2),  # noqa: DTZ001
    history_days: Annotated[int, typer.Option(help="whole days run at once")] = 2,
    speed: Annotated[float, typer.Option(help="product seconds per wall second, live")] = 10.0,
    live_for: Annotated[
        float | None, typer.Option("--for", help="wall seconds to live; default: until stopped")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="JSON file with this side's figures")] = None,
    cars: Annotated[int, typer.Option(help="74: the small city, 249: the full one")] = 74,
    scenario: Annotated[str, typer.Option(help="how much goes wrong")] = "ordinary",
) -> None:
    """Run the simulated city: history at once, then live; writes the truth beside."""
    from simulators.day import Pace
    from simulators.doses import UnknownScenario, load
    from simulators.session import Plan, run

    try:
        doses = load(scenario)
    except UnknownScenario as error:
        raise typer.BadParameter(str(error)) from None
    plan = Plan(
        http=http, mqtt=_address(mqtt), token=token_file.read_text("utf-8").strip(), out=out,
        seed=seed, start=start.date(), cars=cars, pace=Pace(history_days, speed, live_for),
        doses=doses,
    )  # fmt: skip
    figures = _until_stopped(lambda stop: run(plan, _tell, stop))
    if report is not None:
        report.write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf-8")
    _tell({"phase": "done", **figures})


@app.command()
def measure(
    http: Http,
    mqtt: Mqtt,
    token_file: TokenFile,
    out: Annotated[Path, typer.Option(help="folder of the truth; made if absent")],
    seed: Annotated[int, typer.Option(help="everything invented follows from it")] = 1,
    small: Annotated[bool, typer.Option(help="a few cases of each rule only")] = False,
) -> None:
    """Run the measuring scenario: true cases and near misses of every rule, at once."""
    from simulators.measure import FIRST_DAY, FULL, REDUCED, Plan, run

    token = token_file.read_text("utf-8").strip()
    size = REDUCED if small else FULL
    plan = Plan(http, _address(mqtt), token, out, seed, FIRST_DAY, size)
    _tell({"phase": "done", **_until_stopped(lambda stop: run(plan, _tell, stop))})


@app.command()
def judge(
    truth: Annotated[Path, typer.Option(help="folder of a run's truth")],
    dsn: Annotated[str, typer.Option(help="of the database the run filled")],
    most: Annotated[int, typer.Option(help="differences to print of each kind")] = 1_000_000,
    report: Annotated[Path | None, typer.Option(help="JSON file, of a measuring run")] = None,
) -> None:
    """Compare a run's truth with the database; exit code 1 on any difference."""
    from simulators.judge import is_measured, show
    from simulators.judge import judge as compare

    if is_measured(truth):
        raise typer.Exit(asyncio.run(show(truth, dsn, typer.echo, report)))
    verdict = asyncio.run(compare(truth, dsn))
    for what, compared in verdict.compared.items():
        found = verdict.differences[what]
        typer.echo(f"{what}: {compared} compared, {len(found)} differ")
        for line in found[:most]:
            typer.echo(f"  {line}")
    for note in verdict.notes:
        typer.echo(note)
    if verdict.total:
        raise typer.Exit(1)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="CSV: longitude, latitude, timestamp, id|name_id")],
    http: Http,
    mqtt: Mqtt,
    token_file: TokenFile,
    speed: Annotated[float, typer.Option(help="recorded seconds per wall second; 0: all")] = 60.0,
    keep_times: Annotated[bool, typer.Option(help="as recorded; a scenario only")] = False,
) -> None:
    """Publish recorded fixes; times move by whole days so that the last day is today."""
    from simulators.recording import BrokenCsv
    from simulators.replay import KeepsTimes, Playback, play

    token = token_file.read_text("utf-8").strip()
    playback = Playback(file, http, _address(mqtt), token, speed, keep_times)
    try:
        _tell(_until_stopped(lambda stop: play(playback, _tell, stop)))
    except (BrokenCsv, KeepsTimes, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@app.command()
def crowd(
    http: Http,
    mqtt: Mqtt,
    token_file: TokenFile,
    vehicles: Annotated[int, typer.Option(help="how many cars move")] = 1000,
    hz: Annotated[float, typer.Option(help="reports of each car per wall second")] = 1.0,
    live_for: Annotated[float | None, typer.Option("--for", help="wall seconds")] = None,
) -> None:
    """Let many cars move at an even pace, for the map and for measuring."""
    from simulators.crowd import Crowd, run

    token = token_file.read_text("utf-8").strip()
    wanted = Crowd(http, _address(mqtt), token, vehicles, hz, live_for)
    _tell(_until_stopped(lambda stop: run(wanted, _tell, stop)))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise typer.BadParameter(f"{text!r} is not HOST:PORT")
    return host, int(port)


def _tell(facts: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _until_stopped(work: Callable[[asyncio.Event], Coroutine[object, object, T]]) -> T:
    """Run to the end; SIGTERM or Ctrl-C asks it to come to one, a second time ends it at once."""

    async def guarded() -> T:
        stop = asyncio.Event()
        task = asyncio.ensure_future(work(stop))
        loop = asyncio.get_running_loop()

        def asked() -> None:
            if stop.is_set():
                task.cancel()
            stop.set()

        for which in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(which, asked)
        return await task

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        raise typer.Exit(130) from None


if __name__ == "__main__":
    app()
