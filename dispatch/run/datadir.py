"""The data directory of an installation: one instance at a time, and where everything is."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dispatch.run.embedded.place import make_folder, writing
from dispatch.run.errors import AlreadyRunning, NothingRuns
from dispatch.run.settings import Settings
from dispatch.run.whole_file import whole


@dataclass(frozen=True, slots=True)
class Mqtt:
    """Where devices publish."""

    host: str
    port: int
    tls: bool = False


@dataclass(slots=True)
class RunFile:
    """The contents of run.json, for programs and people that look for what runs where.

    Attributes:
        http_url: The pages and the API.
        mqtt: The door, or None where an outside broker is used.
        database: A DSN.
        pids: Process ids by role; a role that is starting again is missing for a moment.
        started_at: RFC 3339, UTC.
    """

    http_url: str
    mqtt: Mqtt | None
    database: str
    started_at: str
    pids: dict[str, int] = field(default_factory=dict)

    def save(self, data_dir: Path) -> None:
        """Write run.json, readable by us alone; a reader never sees half of it."""
        private(run_file(data_dir), json.dumps(asdict(self), indent=2))


def private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read; nobody ever sees half of it."""
    with writing(path), whole(path) as file:
        file.write(text.encode())


def run_file(data_dir: Path) -> Path:
    """Where run.json is."""
    return data_dir / "run.json"


@contextmanager
def occupied(data_dir: Path) -> Iterator[None]:
    """Hold the data directory for ourselves for the length of a block.

    Raises:
        AlreadyRunning: another instance holds it.
        DataDirUnwritable: it cannot be made or written.
    """
    make_folder(data_dir, 0o711 if os.geteuid() == 0 else 0o700)
    with writing(data_dir / "lock"):
        lock = (data_dir / "lock").open("a+", encoding="ascii")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            raise AlreadyRunning(data_dir, int(holder) if holder.isdigit() else None) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            run_file(data_dir).unlink(missing_ok=True)


def demo_dir(data_dir: Path) -> Path:
    """The folder beside, so that simulated cars never share a database with real ones."""
    return data_dir.with_name(f"{data_dir.name}-demo")


def is_running(data_dir: Path) -> bool:
    """Whether an instance holds the folder now; a run.json alone may be left from a crash."""
    try:
        with (data_dir / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return run_file(data_dir).exists()
    except FileNotFoundError:
        return False
    return False


def of_what_runs(settings: Settings) -> Settings:
    """The settings of the demo beside, where no folder was named and only the demo runs."""
    beside = demo_dir(settings.data_dir)
    named = "data_dir" in settings.model_fields_set
    if named or is_running(settings.data_dir) or not is_running(beside):
        return settings
    return settings.model_copy(update={"data_dir": beside})


def find_database(settings: Settings) -> str:
    """The DSN of what runs here: GONGCHE_DATABASE_URL, else what run.json says.

    Raises:
        NothingRuns: there is neither.
    """
    if settings.database_url:
        return settings.database_url
    if not is_running(settings.data_dir):
        raise NothingRuns(run_file(settings.data_dir))
    return str(json.loads(run_file(settings.data_dir).read_text(encoding="utf-8"))["database"])
