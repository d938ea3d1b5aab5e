"""What can stand in the way of a start, each with what to change."""

from pathlib import Path

from dispatch.kernel.errors import SetupError


class PortTaken(SetupError):
    """Another program listens there."""

    code = "port-taken"

    def __init__(self, host: str, port: int, setting: str, reason: str) -> None:
        super().__init__(
            f"cannot listen on {host}:{port}: {reason}; choose another port with {setting}"
        )
        self.port = port
        self.setting = setting


class DatabaseUnreachable(SetupError):
    """GONGCHE_DATABASE_URL leads nowhere."""

    code = "database-unreachable"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"cannot use the database {where}: {reason}; "
            "correct GONGCHE_DATABASE_URL, or unset it to use the embedded one"
        )


class DatabaseTooOld(SetupError):
    """The engine lacks what the schema needs."""

    code = "database-too-old"

    def __init__(self, version: str) -> None:
        super().__init__(f"PostgreSQL 15 or later is needed; GONGCHE_DATABASE_URL has {version}")


class AlreadyRunning(SetupError):
    """Another instance works on the same data directory."""

    code = "already-running"

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        who = f" (process {pid})" if pid else ""
        super().__init__(
            f"another gongche{who} runs on {data_dir}; stop it, "
            "or choose another folder with GONGCHE_DATA_DIR"
        )
        self.pid = pid


class NothingRuns(SetupError):
    """A verb needs the database, and neither a setting nor run.json names one."""

    code = "nothing-runs"

    def __init__(self, run_file: Path) -> None:
        super().__init__(
            f"no database: {run_file} does not exist, so nothing runs here; "
            "start 'gongche serve', or set GONGCHE_DATA_DIR or GONGCHE_DATABASE_URL"
        )


class NotLoopback(SetupError):
    """Simulated data and one-time links are not for the network."""

    code = "demo-not-loopback"

    def __init__(self, host: str, setting: str) -> None:
        super().__init__(f"the demo listens on this machine only, not on {host}; unset {setting}")


class NotADemo(SetupError):
    """The database lives in real time."""

    code = "demo-on-real-data"

    def __init__(self) -> None:
        super().__init__(
            "this database lives in real time, and simulated cars must never mix with real ones; "
            "choose an empty folder with GONGCHE_DATA_DIR"
        )


class NotReady(SetupError):
    """A role did not come up in time."""

    code = "not-ready"

    def __init__(self, waiting: list[str], within_s: float) -> None:
        super().__init__(f"not ready after {within_s:.0f} s: {', '.join(waiting)}")


class InsecureDoor(SetupError):
    """Tokens and positions would travel in the clear to other machines."""

    code = "insecure-door"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"the door would listen on {host} without TLS; set GONGCHE_DOOR_TLS=true, or "
            "GONGCHE_DOOR_INSECURE=true where something else protects it"
        )


class NoBroker(SetupError):
    """An outside broker is asked about, and there is none."""

    code = "no-broker"


class BackupFailed(SetupError):
    """A program of PostgreSQL could not read or fill the database."""

    code = "backup-failed"

    def __init__(self, program: str, said: str) -> None:
        super().__init__(f"{program}: {said}")


class NotEmpty(SetupError):
    """A backup is only put into an empty database."""

    code = "database-not-empty"

    def __init__(self) -> None:
        super().__init__(
            "数据库不是空的 · the database holds tables already: move the folder postgres/ of the "
            "data directory away first, or give an empty database"
        )
