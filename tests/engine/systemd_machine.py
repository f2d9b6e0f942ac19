"""A Debian whose first process is its own systemd, with a network of its own that leads nowhere."""

import shlex
import time
from pathlib import Path

from tests.engine.machines import LENT, archive, build
from tests.engine.own_engine import OwnEngine

IMAGE = "lamplighter-systemd:test"
# What would reach for this machine's own devices and settings, or listen where nobody asked it to.
MASKED = (
    *("systemd-udevd.service", "systemd-udev-trigger.service", "systemd-sysctl.service"),
    *("systemd-modules-load.service", "systemd-timesyncd.service", "systemd-remount-fs.service"),
    *("getty.target", "console-getty.service", "dev-hugepages.mount", "sys-kernel-debug.mount"),
    *("mosquitto.service", "postgresql.service", "prometheus.service", "dev-mqueue.mount"),
    *("prometheus-node-exporter.service", "apt-daily.timer", "apt-daily-upgrade.timer"),
    *("sys-kernel-config.mount", "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount"),
)
DOCKERFILE = f"""FROM {{base}}
RUN for unit in {" ".join(MASKED)}; do ln -sf /dev/null /etc/systemd/system/$unit; done
ENV container=docker
STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
"""
START_S = 60.0
CLIPS = "/srv/clips"  # as its units see them


class SystemdMachine:
    """Runs until `close`. Raises AssertionError: no systemd can run here; with its last words."""

    def __init__(self, engine: OwnEngine, base: str, clips: Path) -> None:
        build(engine, IMAGE, DOCKERFILE.format(base=base))
        lent = {**LENT, str(clips): CLIPS, "/sys/fs/cgroup": "/sys/fs/cgroup"}
        self._container = engine.client.containers.run(
            IMAGE,
            detach=True,
            cap_add=["SYS_ADMIN"],  # all rights may be more than this machine has to give
            security_opt=["seccomp=unconfined", "apparmor=unconfined"],
            cgroupns="host",
            network_mode="none",
            tmpfs=dict.fromkeys(("/run", "/run/lock", "/tmp"), "exec"),
            volumes={
                here: {"bind": there, "mode": "rw" if here == "/sys/fs/cgroup" else "ro"}
                for here, there in lent.items()
            },
        )
        deadline = time.monotonic() + START_S
        while self.asked("systemctl is-system-running") not in ("running", "degraded"):
            log = self._container.logs(tail=20).decode(errors="replace")
            assert time.monotonic() < deadline, f"systemd does not come up here:\n{log}"
            time.sleep(0.5)

    def bring(self, name: str, content: bytes, folder: str = "/root") -> None:
        """A file, where only root can look."""
        self._container.put_archive(folder, archive({name: content}))

    def asked(self, command: str) -> str:
        """What a command writes, whatever comes of it."""
        done = self._container.exec_run(["sh", "-c", command])
        return str(done.output.decode(errors="replace").strip())

    def typed(self, command: str) -> str:
        """What a command writes that has to go well."""
        done = self._container.exec_run(["sh", "-c", command])
        output = done.output.decode(errors="replace")
        assert done.exit_code == 0, f"{command}:\n{output}"
        return str(output)

    def fact(self, unit: str, name: str) -> str:
        """What systemd knows of a unit."""
        return self.asked(f"systemctl show --value --property {name} {shlex.quote(unit)}")

    def close(self) -> None:
        self._container.remove(force=True, v=True)
