"""What a lying device measures decides nothing for another one of its class, and it is named."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_wire import topics
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Telemetry

from tests.simulators.controller_rig import Device, Rig, spec

WINDOWS = 10
BREAKS_BY_541395_PERCENT = 1e5


def lie(liar: Device, latency_ms: float) -> None:
    """Windows of what it serves, past every check that an honest sender makes."""
    for n in range(WINDOWS):
        window = Telemetry(
            device=liar.name,
            seq=n + 1,
            start=liar.rig.clock.time() + n,
            seconds=1.0,
            serving=liar.desired.primary.point,
            frames=30,
            latency_p50_ms=latency_ms,
            latency_p95_ms=latency_ms,
        )
        liar.raw(topics.up(liar.name, "telemetry"), msgspec.json.encode(window))


def city(folder: Path) -> tuple[Rig, Device]:
    folder.mkdir()
    rig = Rig(folder, [spec("full-fp32", 0.85, 900.0), spec("small-fp32", 0.7, 200.0)])
    device = rig.device("liar")
    device.introduce()
    device.report(Outcome.COMMITTED)
    return rig, device


def plan_of_another(rig: Rig) -> object:
    other = rig.device("another")
    other.introduce()
    return other.desired.primary


def notices(rig: Rig, name: str) -> list[str]:
    (found,) = rig.services.health.all_notices([rig.store.device(name)])
    return [notice.text for notice in found if notice.kind == "contradicts"]


@pytest.mark.parametrize("latency_ms", [0.0, 1e308, 1e-3, BREAKS_BY_541395_PERCENT])
def test_another_device_is_planned_for_as_without_it(tmp_path: Path, latency_ms: float) -> None:
    (honest, _), (lied_to, liar) = city(tmp_path / "a"), city(tmp_path / "b")
    lie(liar, latency_ms)
    assert plan_of_another(lied_to) == plan_of_another(honest)
    honest.close()
    lied_to.close()


def test_it_is_named_until_it_measures_itself_and_is_honest(tmp_path: Path) -> None:
    rig, liar = city(tmp_path / "a")
    lie(liar, BREAKS_BY_541395_PERCENT)
    (text,) = notices(rig, "liar")
    assert "its own probe" in text and "lamplighter device probe" in text
    rig.services.learning.load()
    assert notices(rig, "liar"), "also after a restart"
    liar.introduce(dense_ms=21.0)
    assert notices(rig, "liar") == []
    rig.services.learning.load()
    assert notices(rig, "liar") == []
    rig.close()
