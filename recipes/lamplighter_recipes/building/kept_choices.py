"""What techniques chose by measuring, kept beside the parent: a further build measures nothing.

What is quicker on one processor is not on another, so a choice belongs to the one it was made on.
"""

import hashlib
import json
import platform
from collections.abc import Callable
from pathlib import Path

from lamplighter_wire.files import write_atomically

CHOICES_FILE = "choices.json"
CPU_INFO = Path("/proc/cpuinfo")
OF_PROCESSOR = ("model name", "flags", "features", "cpu part")
DIGEST_DIGITS = 12


def choice_key(*parts: str) -> str:
    """Of all that a choice depends on."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGEST_DIGITS]


def processor(cpu_info: Path = CPU_INFO) -> str:
    """What tells apart the processors whose times differ: model and instruction sets."""
    lines = cpu_info.read_text().splitlines() if cpu_info.exists() else []
    told = {line.strip() for line in lines if line.lower().startswith(OF_PROCESSOR)}
    return "\n".join([platform.machine(), *sorted(told)])


def kept_choice(folder: Path, key: str, choose: Callable[[], list[str]]) -> list[str]:
    """The names that were chosen under this key; chosen now where there are none."""
    path = folder / CHOICES_FILE
    choices: dict[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}
    if key not in choices:
        choices[key] = choose()
        write_atomically(path, [json.dumps(choices, sort_keys=True).encode()])
    return choices[key]
