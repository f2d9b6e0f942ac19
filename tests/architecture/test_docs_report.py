"""Every field of the demo's reports is documented, and nothing that does not exist."""

import re
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from lamplighter_demo.comparison.figures import Figures
from lamplighter_demo.comparison.policy_replay import POLICIES
from lamplighter_demo.report import schema as report
from lamplighter_demo.report.checks import check
from lamplighter_demo.rollout import schema as rollout_report

PAGES = Path(__file__).resolve().parents[2] / "docs/reference"
PAGE, ROLLOUT_PAGE = PAGES / "demo-report.md", PAGES / "rollout-report.md"


def _parts(schema: ModuleType) -> list[type[msgspec.Struct]]:
    return [
        value
        for value in vars(schema).values()
        if isinstance(value, type) and issubclass(value, schema.Part) and value is not schema.Part
    ]


STRUCTS, ROLLOUT_STRUCTS = _parts(report), _parts(rollout_report)


def _documented(page: Path = PAGE) -> dict[str, set[str]]:
    """Heading -> names in the first column of its table."""
    sections = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)[1:]
    return {
        section.splitlines()[0].strip(): set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
        for section in sections
    }


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_of_the_report_is_documented(struct: type[msgspec.Struct]) -> None:
    wanted = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert _documented().get(struct.__name__) == wanted


def test_the_figures_of_the_comparison_are_documented() -> None:
    assert _documented()["Figures"] == set(Figures().as_dict())
    assert all(f"`{policy}`" in PAGE.read_text() for policy in POLICIES)


def test_every_check_is_explained() -> None:
    text = PAGE.read_text()
    assert [name for name in check([], []) if f"`{name}`" not in text] == []


def test_every_section_with_fields_is_a_part_of_the_report() -> None:
    known = {struct.__name__ for struct in STRUCTS} | {"Figures"}
    assert {name for name, names in _documented().items() if names} == known


@pytest.mark.parametrize("struct", ROLLOUT_STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_of_the_rollout_s_report_is_documented(struct: type[msgspec.Struct]) -> None:
    wanted = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert _documented(ROLLOUT_PAGE).get(struct.__name__) == wanted


def test_the_rollout_s_page_has_nothing_else() -> None:
    known = {struct.__name__ for struct in ROLLOUT_STRUCTS} | {"Checks"}
    assert _documented(ROLLOUT_PAGE).keys() == known
