"""Runs while the image is built: installs wheels, takes out what no agent uses, compiles the rest.

In Python, because the image need not have a shell.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

WHEELS, TARGET = Path("/wheels"), Path("/opt/lamplighter")
USER = 10001
PIP = ["install", "--no-index", "--no-deps", "--no-compile", "--no-cache-dir", "--quiet"]
# What only a controller or a builder uses.
UNUSED = (
    "bin",
    "lamplighter_[!aw]*",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "onnxruntime/quantization",
    "numpy/**/tests",
    "numpy/_core/include",
    "**/*.a",
    "**/*.pyi",
)
# What `run`, `enrol` and `health` load; compiled here, as the root of a container is read-only.
USED = (
    "av",
    "lamplighter_agent.__main__",
    "lamplighter_agent.bootstrap",
    "lamplighter_agent.device.heartbeat",
    "lamplighter_agent.link.enrolment",
    "lamplighter_agent.runtimes.onnxruntime",
)

pip = next(WHEELS.glob("pip-*.whl"))
wheels = sorted(str(path) for path in WHEELS.glob("*.whl") if path != pip)
subprocess.run([sys.executable, f"{pip}/pip", *PIP, "--target", str(TARGET), *wheels], check=True)
for pattern in UNUSED:
    for path in list(TARGET.glob(pattern)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
paths = {"PYTHONPATH": str(TARGET), "PYTHONPYCACHEPREFIX": str(TARGET / ".compiled")}
subprocess.run(
    [sys.executable, "-c", f"import {', '.join(USED)}"], check=True, env=os.environ | paths
)
state = Path("/state")
state.mkdir(mode=0o700)
os.chown(state, USER, USER)
Path("/config").mkdir()
