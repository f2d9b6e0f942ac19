"""A rollout is rehearsed with what its devices are like, and compared with what it came to."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.domain.rollouts.rehearsal import DeviceModel
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.services.rehearsals.fleet_models import FleetModels
from lamplighter_wire.messages import Reported, Transfer

from tests.simulators.controller_rig import spec
from tests.simulators.rollout_fleet import NEW, OLD, RolloutFleet
from tests.unit.controller.services.rollouts.test_rollouts import PLAN

BUILT_LATER = msgspec.structs.replace(
    spec("later-fp32", 0.7, 200.0, built=False), model="laternet", model_version="1"
)
TOO_HEAVY = msgspec.structs.replace(spec("heavy-fp32", 0.99, 90000.0), model="heavynet")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RolloutFleet]:
    made = RolloutFleet(tmp_path, [OLD, NEW, BUILT_LATER, TOO_HEAVY], count=4)
    made.rig.services.groups.create("all", "id=cam-*")
    made.measure(6)
    yield made
    made.rig.close()


def draft(fleet: RolloutFleet, **plan: object) -> None:
    fleet.rig.services.rollouts.create("r1", msgspec.structs.replace(PLAN, **plan), "ops")


def modelled(fleet: RolloutFleet) -> dict[str, DeviceModel]:
    services = fleet.rig.services
    members = services.rollouts.preview("r1")
    models: FleetModels = services.rehearsals._models  # noqa: SLF001 - what it is rehearsed with
    return dict(
        models.of(fleet.rig.store.rollout("r1").rollout.plan, members.targets).fleet.devices
    )


def test_what_is_expected_stands_beside_what_came(fleet: RolloutFleet) -> None:
    draft(fleet)
    rehearsals, rollouts = fleet.rig.services.rehearsals, fleet.rig.services.rollouts
    found = rehearsals.rehearse("r1")
    rollouts.keep_rehearsal("r1", found)
    assert found.forecast.devices == 4 and found.forecast.runs == 21
    assert found.forecast.received_bytes.middle == 4 * NEW.size_bytes
    assert found.effect.devices == 4
    assert found.effect.accuracy_gain == pytest.approx(-0.1, abs=0.01)
    assert rehearsals.compare("r1").real is None
    for verb in ("approve", "start"):
        rollouts.act("r1", verb, "", "ops")
    fleet.rig.settle()
    fleet.live_on("r1")
    fleet.restart()
    compared = fleet.rig.services.rehearsals.compare("r1")
    assert compared.rehearsal == found, "kept with the rollout, also over a restart"
    assert compared.real is not None
    assert (compared.real.state, compared.real.failures) == ("succeeded", 0)
    assert compared.real.seconds > PLAN.watch_s
    assert compared.real.latency_ratio == pytest.approx(1.0)
    with pytest.raises(ConflictError, match="before it starts"):
        fleet.rig.services.rollouts.keep_rehearsal("r1", found)


def test_builds_and_what_fits_nobody_are_foreseen(fleet: RolloutFleet) -> None:
    draft(fleet, target="laternet")
    assert fleet.rig.services.rehearsals.rehearse("r1").forecast.builds == ["later-fp32"]


def test_who_cannot_take_it_is_named(fleet: RolloutFleet) -> None:
    for name in fleet.names:
        fleet.rig.store.configure_device(name, None, objective={"latency_p95_ms": 50.0})
    draft(fleet, target="heavynet")
    found = fleet.rig.services.rehearsals.rehearse("r1").forecast
    assert found.unfit.keys() == set(fleet.names)
    assert found.finishes == 0.0 and "failed" in found.stopped


def test_links_and_failures_follow_from_the_past(fleet: RolloutFleet) -> None:
    draft(fleet)
    assert modelled(fleet)["cam-0"].bytes_per_s == 1e6, "nothing is known: a usual link"
    usual = modelled(fleet)["cam-1"].failure
    store = fleet.rig.store
    phases = [("FETCHING", 100.0), ("VERIFYING", 110.0), ("COMMITTED", 150.0)]
    report = Reported(phases=phases, transfer=Transfer(bytes_received=2_000_000))
    store.update_deployment("cam-0", 1, reported=report)
    store.update_deployment("cam-1", 1, outcome="rejected")
    models = modelled(fleet)
    assert models["cam-0"].bytes_per_s == 200_000.0, "its own"
    assert models["cam-2"].bytes_per_s == 200_000.0, "of its site"
    assert models["cam-1"].bytes_per_s == 200_000.0, "of all"
    assert models["cam-0"].proof_s == 40.0
    assert models["cam-1"].failure > usual
    assert models["cam-0"].failure <= usual, "of another class"
