"""What a controller builds from is found, or the error says where to get it."""

from pathlib import Path

import pytest
from lamplighter_controller.workshop import materials
from lamplighter_controller.workshop.materials import materials_in, shipped_folder
from lamplighter_wire.errors import SettingsError


def test_the_materials_of_a_checkout_are_found(tmp_path: Path) -> None:
    assert materials_in("", tmp_path).weights_dir.is_dir()


def test_those_of_the_installed_package_are_found_outside_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / materials.PACKAGE / "weights").mkdir(parents=True)
    monkeypatch.setattr(materials, "CHECKOUT", tmp_path / "nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    assert shipped_folder() == tmp_path / materials.PACKAGE


def test_without_either_the_error_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materials, "CHECKOUT", tmp_path / "nowhere")
    monkeypatch.setattr(materials, "PACKAGE", "lamplighter_nothing")
    with pytest.raises(SettingsError, match="install lamplighter-materials"):
        materials_in("", tmp_path)


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"materials_dir: no weights in {tmp_path}"):
        materials_in(str(tmp_path), tmp_path)
