"""A device on which an installation can be cut off at any of the programs that it calls.

Folders of its own in a mount namespace; Python, pip, systemd and the agent are programs of a few
lines. The agent of a release says what stands in the release's conduct, and nothing where that is
missing.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tests.simulators.bare_device import SET_UP

CUT = -9
COUNTED = (
    *("rm", "mkdir", "cp", "mv", "ln", "sync", "touch", "chmod", "chgrp", "chown"),
    *("readlink", "sed", "cmp", "systemctl", "journalctl", "sleep", "sha256sum", "cut"),
)
# Each call has a number, those of one pipe as well; before the call of `cut`, the script is killed.
COUNT = """#!/bin/sh
exec 8> /run/counting; /usr/bin/flock 8
read -r calls < /run/calls
calls=$((calls + 1)); echo $calls > /run/calls
echo "{name} $*" >> /run/called
[ "$calls" != "$(/bin/cat /run/cut)" ] || kill -KILL "$(/bin/cat /run/script)"
exec 8>&-
exec {program} "$@"
"""
PYTHON = """#!/bin/sh
case "$*" in
  "-m venv --without-pip "*)
    for _ in $(/usr/bin/seq 200); do
      [ -e /run/held ] || break
      /usr/bin/touch /run/waits; /bin/sleep 0.05
    done
    /bin/mkdir -p "$4/bin" && /bin/cp "$0" "$4/bin/python"
    ;;
  *" install "*) /bin/cp /run/agent "${0%/*}/lamplighter-agent" ;;
esac
"""
AGENT = """#!/bin/sh
release=$(/usr/bin/readlink -f "$0") && release=${release%/bin/*}
/bin/cat "/run/conduct/${release##*/}"
"""
NOTHING = "#!/bin/sh\n"
PLACED = "opt/lamplighter opt/lamplighter-releases etc/lamplighter etc/systemd/system"


def why_not() -> str:
    """What hinders a device here; empty: nothing."""
    if os.getuid():
        return "mounting folders of its own takes root"
    tried = ["unshare", "--mount", "mount", "-t", "tmpfs", "tried", "/run"]
    done = subprocess.run(tried, capture_output=True)
    return "" if done.returncode == 0 else "this machine lets nobody mount a folder"


class CutOffInstallation:
    """Runs until `close`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "disk").mkdir()
        self._programs = folder / "programs"
        self._programs.mkdir()
        for name in ("systemctl", "journalctl", "sleep"):
            self._program(f"{name}.real", NOTHING)
        self._program("python3", PYTHON)
        for name in COUNTED:
            own = self._programs / f"{name}.real"
            program = own if own.exists() else shutil.which(name)
            self._program(name, COUNT.format(name=name, program=program))
        (folder / "set-up").write_text(SET_UP.format(folder=folder))
        within = ("unshare", "--mount", "--propagation", "private")
        held = "echo ready; exec sleep 600"
        self._holds = subprocess.Popen(
            [*within, "sh", str(folder / "set-up"), "sh", "-c", held],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holds.stdout is not None
        assert self._holds.stdout.readline() == "ready\n"
        identity = "/var/lib/lamplighter-agent/identity"
        self.typed(f"mkdir -p {identity} /run/conduct && echo {{}} > {identity}/identity.json")
        self.typed(f"cat > /run/agent <<'END'\n{AGENT}\nEND\nchmod 755 /run/agent")

    def _program(self, name: str, text: str) -> None:
        (self._programs / name).write_text(text)
        (self._programs / name).chmod(0o755)

    def typed(self, command: str) -> str:
        """What a command on the device writes that has to go well."""
        done = self._run(command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def conduct(self, release: str, stands: str) -> None:
        """What an agent says; empty: it gives no sign of life."""
        self.typed(f"rm -f /run/conduct/{release}")
        if stands:
            self.typed(f"echo {stands} > /run/conduct/{release}")

    def install(self, bundle: Path, cut: int = 0) -> tuple[int, str]:
        """Exit code and words of a bundle's script; CUT where it was cut off.

        Args:
            cut: number of the call, from 1, at which it is; 0: never.
        """
        fresh = f"echo 0 > /run/calls; echo {cut} > /run/cut; : > /run/called"
        script = f"echo $$ > /run/script; exec sh {bundle}/install.sh"
        given = f"PATH={self._programs}:$PATH START_S=3"
        done = self._run(f"{fresh}; {given} sh -c '{script}'; exit $?")
        return (CUT if done.returncode == 128 - CUT else done.returncode), done.stdout

    def called(self) -> list[str]:
        """The programs that the last installation has called, with their arguments."""
        return self.typed("cat /run/called").splitlines()

    def keep(self) -> None:
        """What is installed, for `restore`."""
        self.typed(f"tar -C / -cf /run/kept {PLACED}")

    def restore(self) -> None:
        """What was installed at `keep`."""
        self.typed(f"cd / && rm -rf {PLACED} && tar -C / -xf /run/kept")

    def _run(self, command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["nsenter", f"--mount=/proc/{self._holds.pid}/ns/mnt", "sh", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def close(self) -> None:
        self._holds.kill()
        self._holds.communicate()
