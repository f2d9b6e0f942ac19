"""What is missing is named with what installs it."""

import pytest
from lamplighter_cli.errors import install_text


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("textual", "lamplighter[dashboard]"),
        ("textual_plotext", "lamplighter[dashboard]"),
        ("torch.nn", "lamplighter[compress]"),
        ("moderngl", "lamplighter[scenes]"),
        ("somethingelse", "lamplighter[all]"),
    ],
)
def test_a_missing_package_names_its_extra(module: str, extra: str) -> None:
    assert f"pip install '{extra}'" in install_text(ModuleNotFoundError(name=module))


def test_a_broken_distribution_is_no_missing_extra() -> None:
    assert not install_text(ModuleNotFoundError(name="lamplighter_controller.api"))
