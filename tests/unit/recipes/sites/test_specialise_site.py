"""From pictures of a site to a parent, or to why there is none."""

from dataclasses import replace
from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.trainer import Trainer
from lamplighter_recipes.sites.site_training import SiteTrainingConfig
from lamplighter_recipes.sites.specialise_site import SiteRequest, specialise_site
from lamplighter_recipes.sites.teacher_labels import LabellingConfig
from lamplighter_recipes.tasks.detection.weights import load_parent, save_parent
from lamplighter_recipes.variants.identity import Materials
from lamplighter_recipes.variants.site_parents import AGREEMENT, parent_key

from tests.simulators.recipe_rig import PRUNABLE, write_frames

pytestmark = pytest.mark.torch

SIZE = (384, 288)
TRAINING = SiteTrainingConfig(
    steps=120, batch=4, learning_rate=5e-3, sizes=((*SIZE, 1.0),), ema_decay=0.9, site_share=1.0
)


@pytest.fixture(scope="module")
def request_(folders: Materials, tmp_path_factory: pytest.TempPathFactory) -> SiteRequest:
    """A teacher that has learnt what it shall teach, and pictures without labels."""
    from lamplighter_recipes.families.street_batches import Sources
    from lamplighter_recipes.families.street_training import StreetTraining
    from lamplighter_recipes.tasks.detection.networks.detector import Detector
    from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDet

    pictures = tmp_path_factory.mktemp("site")
    write_frames(pictures, 30, seed=5, width=SIZE[0], height=SIZE[1])
    training = StreetTraining(Sources([pictures]), {})
    config = TrainConfig(
        batch=4, learning_rate=3e-3, ema_decay=0.9, sizes=((*SIZE, 1.0),), threads=1, max_steps=120
    )
    teacher = Trainer(Detector(NanoDet(PRUNABLE)), config, training).run()
    assert isinstance(teacher, Detector)
    save_parent(teacher, "nanodet-full", folders.weights_dir)
    (pictures / "annotations.json").unlink()
    return SiteRequest(
        site="Mill Lane",
        base="nanodet-p50",
        teacher="nanodet-full",
        pictures=pictures,
        replay=folders.calibration_dir,
        training=TRAINING,
        labelling=LabellingConfig(sizes=(SIZE,), sure_score=0.2, vague_score=0.1),
    )


def test_a_parent_that_gains_is_kept_with_what_networks_do_at_the_site(
    request_: SiteRequest, folders: Materials, tmp_path: Path
) -> None:
    stages: list[str] = []
    # Random weights know nothing of the city that they could forget.
    request = replace(request_, gate=replace(request_.gate, most_forgotten=1.0))
    result = specialise_site(request, folders, tmp_path, lambda _s, stage: stages.append(stage))
    assert result.kept, result.reasons
    assert result.agreement.after > result.agreement.before + 0.02
    assert {"label", "train", "judge"} <= set(stages)
    assert result.measured_by == AGREEMENT
    own = parent_key(result.parent, result.version)
    table = result.expected
    base = parent_key("nanodet-p50", result.base_version)
    assert set(table) >= {own, base}
    assert len(table) == 3
    regime = next(iter(table[own]["384x288"]))
    assert table[own]["384x288"][regime] >= table[base]["384x288"][regime]
    before = load_parent("nanodet-p50", folders.weights_dir)
    after = load_parent(result.parent, tmp_path)
    assert after.architecture == before.architecture


def test_one_that_does_not_gain_is_not_kept_and_says_why(
    request_: SiteRequest, folders: Materials, tmp_path: Path
) -> None:
    request = replace(request_, training=replace(TRAINING, steps=1, learning_rate=1e-7))
    result = specialise_site(request, folders, tmp_path)
    assert not result.kept
    assert "points are asked for" in result.reasons[0]
    assert result.expected == {}


def test_one_that_forgets_the_city_goes_back_towards_where_it_began(
    request_: SiteRequest, folders: Materials, tmp_path: Path
) -> None:
    never = replace(request_.gate, most_forgotten=-1.0)
    result = specialise_site(replace(request_, gate=never), folders, tmp_path / "never")
    assert not result.kept
    assert "forgets the rest" in result.reasons[-1]
    assert result.blend == request_.blends[-1]
    least = replace(request_, gate=never, blends=(0.0,))
    nothing = specialise_site(least, folders, tmp_path / "nothing")
    assert nothing.elsewhere.after == pytest.approx(nothing.elsewhere.before, abs=1e-3)


def test_a_network_for_another_task_is_refused_before_anything_runs(
    request_: SiteRequest, folders: Materials, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="no family 'brightness'"):
        specialise_site(replace(request_, family="brightness"), folders, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_few_weights_of_each_layer_move_where_that_is_asked_for(
    request_: SiteRequest, folders: Materials, tmp_path: Path
) -> None:
    training = replace(request_.training, steps=4, moved_share=0.05)
    asked = replace(request_, training=training, blends=(1.0,))
    result = specialise_site(asked, folders, tmp_path)
    base = load_parent("nanodet-p50", folders.weights_dir)
    after = dict(load_parent(result.parent, tmp_path).named_parameters())
    moved = {
        name: float((after[name] != tensor).float().mean())
        for name, tensor in base.named_parameters()
        if tensor.ndim > 1
    }
    assert max(moved.values()) <= 0.1, "several may have moved as far"
    assert sum(moved.values()) > 0
