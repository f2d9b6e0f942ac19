"""Which workshop: what it builds from, for whom, and who works there."""

from pathlib import Path

from lamplighter_recipes.own_models.shelf import MODELS
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import encode
from lamplighter_wire.rules.runtimes import RUNTIMES_BY_RISK
from lamplighter_wire.settings import named
from lamplighter_wire.signing import sign

from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executors.choice import make_executor
from lamplighter_controller.workshop.executors.executor import JobLimits
from lamplighter_controller.workshop.materials import materials_in
from lamplighter_controller.workshop.remote.dask_address import DaskTls
from lamplighter_controller.workshop.workshop import Workshop, WorkshopSettings


def make_workshop(
    settings: ControllerSettings, artifacts: ArtifactStore, signer: Signer, clock: Clock
) -> Workshop:
    """The workshop over the materials that ship, or those of the settings.

    Raises:
        SettingsError: a runtime that cannot be built for here, or none that is known.
    """
    for name in settings.runtimes:
        if not is_installed(name):
            named(name, RUNTIMES_BY_RISK, "runtimes")
    parts = materials_in(settings.materials_dir, settings.data_dir / "workshop")
    workshop_settings = WorkshopSettings(
        materials=parts,
        recipes_dir=Path(settings.recipes_dir) if settings.recipes_dir else None,
        models_dir=settings.data_dir / MODELS,
        machines=tuple(settings.machines),
        runtimes=tuple(settings.runtimes),
    )
    executor = make_executor(
        settings.executor,
        DaskTls(settings.executor_ca, settings.executor_cert, settings.executor_key),
        settings.workshop_processes,
        JobLimits(memory_cap_bytes=settings.workshop_memory_bytes),
        clock,
    )
    return Workshop(
        workshop_settings,
        executor,
        artifacts,
        sign=lambda raw: encode(sign(raw, signer.key)),
        clock=clock,
    )
