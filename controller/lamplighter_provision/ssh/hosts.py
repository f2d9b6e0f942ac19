"""What a device tells of itself before anything is done, and what there is to do. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from lamplighter_provision.bundle.contents import MACHINES
from lamplighter_provision.errors import ProvisionError

ARCHS = {machine: arch for arch, machine in MACHINES.items()}
# Whoever comes in is root, or may be by sudo without a password.
PROBE = """
echo "machine=$(uname -m)"
echo "python=$(python3 -c 'import sys; print(sys.version_info[:2] == (3, 11))' 2> /dev/null)"
if [ "$(id -u)" = 0 ]; then as=; echo rights=root
elif sudo -n true 2> /dev/null; then as="sudo -n"; echo rights=sudo
else echo rights=none; exit 0; fi
$as test -e /var/lib/lamplighter-agent/identity/identity.json && echo enrolled=yes
for facts in /opt/lamplighter/lib/python3.11/site-packages/lamplighter-*.dist-info; do
  facts=${facts##*/lamplighter-}; echo "version=${facts%.dist-info}"
done
echo "bundle=$($as cat /etc/lamplighter/bundle 2> /dev/null)"
"""


class Deed(StrEnum):
    """What there is to do on a device."""

    INSTALL = "install and enrol"
    ENROL = "update and enrol"
    UPDATE = "update"
    NOTHING = "nothing to do"


@dataclass(frozen=True)
class HostFacts:
    """What a device is, as seen over ssh."""

    arch: str
    is_root: bool
    has_enrolled: bool
    bundle: str  # digest of what was installed last; empty: nothing, or not to its end
    version: str = ""  # of the agent that is installed; empty: none, or nobody knows

    def deed(self, digest: str) -> Deed:
        """What is to be done for it to have the bundle of a digest."""
        if not self.has_enrolled:
            return Deed.ENROL if self.bundle else Deed.INSTALL
        return Deed.NOTHING if self.bundle == digest else Deed.UPDATE

    def command(self) -> str:
        """Unpacks a bundle from standard input, where only its user can look, and installs it."""
        rights = "" if self.is_root else "sudo -n "
        return (
            "umask 077; d=$(mktemp -d) || exit 1; trap 'rm -rf \"$d\"' EXIT HUP INT TERM;"
            f' tar -xz -C "$d" && {rights}"$d/install.sh" 2>&1'
        )


def arch_of(machine: str) -> str:
    """What the wheels call a processor. Raises ProvisionError: there are none for it."""
    if machine not in ARCHS:
        known = ", ".join(ARCHS)
        raise ProvisionError(f"its processor is {machine or '?'}; there are wheels for {known}")
    return ARCHS[machine]


def facts_of(lines: list[str]) -> HostFacts:
    """From what the probe has written.

    Raises:
        ProvisionError: nothing can be installed there; says what to do.
    """
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    arch = arch_of(told.get("machine", ""))
    if told.get("rights", "none") == "none":
        raise ProvisionError("its user is neither root nor may be without a password; allow sudo")
    if told.get("python") != "True":
        raise ProvisionError("it has no Python 3.11: apt-get install python3 python3-venv")
    return HostFacts(
        arch,
        told["rights"] == "root",
        "enrolled" in told,
        told.get("bundle", ""),
        told.get("version", "").strip("*"),
    )
