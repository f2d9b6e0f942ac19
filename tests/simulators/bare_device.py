"""A device without Docker: folders of its own in a mount namespace, and sshd in front of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.simulators.ssh_door import SSHD, SshDoor

SYSTEMCTL = Path(__file__).with_name("systemctl.py")
# Its user has the rights of root, so that the checkout may lie where only root looks.
SET_UP = """set -e
mount -t tmpfs device {folder}/disk
for place in etc opt var/lib; do
  own={folder}/disk/$place
  mkdir -p $own/new $own/work
  mount -t overlay overlay -o lowerdir=/$place,upperdir=$own/new,workdir=$own/work /$place
done
mount -t tmpfs device /run
mkdir -p /run/systemd/system /run/sshd
echo 'lamplighter:x:0:0::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
echo 'lamplighter:x:0:' >> /etc/group
exec "$@"
"""


def why_not() -> str:
    """What hinders a device here; empty: nothing."""
    if not SSHD.exists() or not shutil.which("ssh"):
        return "ssh or sshd is missing: apt-get install openssh-server"
    if os.getuid():
        return "mounting folders of its own takes root"
    if sys.version_info[:2] != (3, 11):
        return "wheels of bundles are for Python 3.11"
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tried", "/run"], capture_output=True
    )
    return "" if done.returncode == 0 else "this machine lets nobody mount a folder"


class BareDevice:
    """Runs until `close`; what is installed on it is gone then."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        (folder / "disk").mkdir()
        (folder / "set-up").write_text(SET_UP.format(folder=folder))
        programs = folder / "programs"
        programs.mkdir()
        for program in ("systemctl", "journalctl"):
            (programs / program).write_text(f"#!{sys.executable}\n{SYSTEMCTL.read_text()}")
            (programs / program).chmod(0o755)
        python = Path(sys.executable).resolve().parent
        path = f"{programs}:{python}:/usr/sbin:/usr/bin:/sbin:/bin"
        within = ["unshare", "--mount", "--propagation", "private", "sh", str(folder / "set-up")]
        self.name, self.programs = name, programs
        self.door = SshDoor(folder, {"PATH": path}, within, [name])

    def typed(self, command: str) -> str:
        """What a command of an operator on the device writes."""
        done = subprocess.run(
            ["ssh", self.name, command], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def close(self) -> None:
        self.typed("kill -- -$(cat /run/lamplighter-agent.service.pid)")
        self.door.close()
