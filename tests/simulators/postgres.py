"""A real PostgreSQL server in a folder of its own, reached through a socket in it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

REMEDY = "PostgreSQL is not installed (apt-get install postgresql)"
# PostgreSQL refuses to run as root.
AS_USER = "postgres"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = debian[-1] if debian else Path(on_path) if on_path else None
    return found.parent if found else None


class PostgresServer:
    """Runs until `stop`; every database that is asked for is a new one."""

    def __init__(self, tools: Path) -> None:
        self._tools = tools
        # A socket's path is short; the tests' own folders are not.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._databases = 0
        if os.getuid() == 0:
            shutil.chown(self._folder, AS_USER)
        data = self._folder / "data"
        self._run("initdb", "--auth=trust", "--no-sync", "-U", "lamplighter", "-D", str(data))
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off"
        self._pg_ctl("-w", "-o", options, "-l", str(self._folder / "log"), "start")

    def new_database(self, *options: str) -> str:
        """The URL of an empty database; `options` are those of `createdb`."""
        self._databases += 1
        name = f"db{self._databases}"
        self._run("createdb", "-h", str(self._folder), "-U", "lamplighter", *options, name)
        return f"postgresql://lamplighter@/{name}?host={self._folder}"

    def stop(self) -> None:
        self._pg_ctl("-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pg_ctl(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), *arguments)

    def _run(self, tool: str, *arguments: str) -> None:
        become = ["runuser", "-u", AS_USER, "--"] if os.getuid() == 0 else []
        command = [*become, str(self._tools / tool), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)
