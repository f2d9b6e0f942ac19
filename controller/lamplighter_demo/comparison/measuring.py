"""What each built point costs on each device: measured inside its envelope."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import task_reading

from lamplighter_demo.city.agents import THREAD_LIMITS, DemoAgent
from lamplighter_demo.city.envelopes import Realised
from lamplighter_demo.comparison.measure_point import Cost
from lamplighter_demo.comparison.models import Model

Costs = dict[str, Cost]
"""Point -> what it costs."""
# As many devices as two cores can measure at once without waiting for each other.
AT_ONCE = 2
PATIENCE_S = 300.0


def measure_devices(
    agents: Iterable[DemoAgent], models: Sequence[Model], notify: Callable[[str], None]
) -> dict[str, Costs]:
    """Device -> costs of the points that fit.

    The agents must have been stopped: each measurement has the envelope to itself.
    """

    def measure(agent: DemoAgent) -> tuple[str, Costs]:
        costs = _measure_device(agent, models)
        notify(f"{agent.device.id}: measured {len(costs)} operating points in its envelope")
        return agent.device.id, costs

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(measure, agents))


def _measure_device(agent: DemoAgent, models: Sequence[Model]) -> Costs:
    targets = [(m.key(w, h), target(m, w, h)) for m in models for w, h in m.sizes]
    realised = Realised(agent.device.id, agent.device.envelope)
    costs: Costs = {}
    try:
        while targets:
            measured = _run_inside(realised, [text for _, text in targets])
            costs.update(zip((key for key, _ in targets), measured, strict=False))
            # The process ended at the point after the last printed one: that one does not fit.
            targets = targets[len(measured) + 1 :]
    finally:
        realised.close()
    return costs


def target(model: Model, width: int, height: int) -> str:
    """How the program that measures is told of a point."""
    outputs = ",".join(task_reading(DETECTION, model.decoder).tensors.outputs)
    return f"{model.runtime}={outputs}={model.path}={width}x{height}"


def _run_inside(realised: Realised, targets: list[str]) -> list[Cost]:
    config = json.dumps(realised.envelope.session_config)
    command = [sys.executable, "-m", "lamplighter_demo.comparison.measure_point", config, *targets]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **THREAD_LIMITS},
        preexec_fn=realised.enter,
    )
    realised.started(process.pid)
    output, _ = process.communicate(timeout=PATIENCE_S)
    return [msgspec.json.decode(line, type=Cost) for line in output.splitlines()]
