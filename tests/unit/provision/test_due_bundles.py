"""A folder has a bundle for each device that is due, of its version and processor, and no other."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_provision.bundle.packing import Packed, pack, packed_at
from lamplighter_provision.due.bundles import DueBundles, Wanted
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Agent, Gateway

GATEWAY = Gateway(
    url="http://controller:8080",
    agents={"cam-1": Agent(), "cam-2": Agent(), "cam-3": Agent()},
)
BOTH = [Wanted("cam-1", "1.3.0", "x86_64"), Wanted("cam-2", "1.2.0", "aarch64")]


@pytest.fixture
def bundles(tmp_path: Path) -> DueBundles:
    for version in ("1.2.0", "1.3.0"):
        for place in (f"any/lamplighter-{version}-py3-none-any", "amd64/a-1-x", "arm64/b-1-x"):
            wheel = tmp_path / f"image-{version}/wheels/{place}.whl"
            wheel.parent.mkdir(parents=True)
            wheel.write_bytes(wheel.name.encode())
    return DueBundles(GATEWAY, f"{tmp_path}/image-{{version}}", tmp_path / "out")


def carry_out(bundles: DueBundles, due: list[Wanted]) -> list[str]:
    """What there was to do, as an operator reads it; it is done."""
    planned = bundles.plan(due)
    for one in planned:
        if one.has_work:
            bundles.carry_out(one)
    return [str(one) for one in planned]


def there(bundles: DueBundles) -> list[str]:
    return sorted(path.name for path in bundles.out.iterdir())


def test_each_due_device_gets_its_version_and_processor_once(bundles: DueBundles) -> None:
    stranger = Wanted("cam-9", "1.3.0", "x86_64")
    assert carry_out(bundles, [*BOTH, stranger]) == [
        "cam-1: 1.3.0: write its bundle (amd64)",
        "cam-2: 1.2.0: write its bundle (arm64)",
    ]
    assert there(bundles) == ["cam-1.tar.gz", "cam-2.tar.gz"]
    found = packed_at(bundles.out / "cam-1.tar.gz")
    assert found is not None
    assert not found.has_token
    assert [one.has_work for one in bundles.plan(BOTH)] == [False, False]
    faster = msgspec.structs.replace(GATEWAY, agents={"cam-1": Agent(settings={"fps": 5.0})})
    changed = DueBundles(faster, bundles.wheels, bundles.out)
    assert carry_out(changed, BOTH) == ["cam-1: 1.3.0: write its bundle (amd64)"]


def test_a_bundle_goes_when_its_device_is_due_no_more(bundles: DueBundles) -> None:
    carry_out(bundles, BOTH)
    pack(GATEWAY, "cam-3", "amd64", Path(bundles.wheels.format(version="1.3.0")), bundles.out, "t")
    (bundles.out / "notes.tar.gz").write_text("of somebody else")
    assert carry_out(bundles, BOTH[:1]) == [
        "cam-1: 1.3.0: its bundle is there already (amd64)",
        "cam-2: remove its bundle, which is not due",
    ]
    kept = ["cam-1.tar.gz", "cam-3.tar.gz", "notes.tar.gz"]
    assert there(bundles) == kept, "one with a token brings somebody in"


def test_a_bundle_with_a_token_or_a_broken_one_is_written_anew(bundles: DueBundles) -> None:
    wheels = Path(bundles.wheels.format(version="1.3.0"))
    path = pack(GATEWAY, "cam-1", "amd64", wheels, bundles.out, "t")
    assert packed_at(path) == Packed(packed_at(path).digest, has_token=True)  # type: ignore[union-attr]
    assert carry_out(bundles, BOTH[:1]) == ["cam-1: 1.3.0: write its bundle (amd64)"]
    for broken in (b"", b"no archive", path.read_bytes()[:40]):
        path.write_bytes(broken)
        assert packed_at(path) == Packed()
        assert carry_out(bundles, BOTH[:1]) == ["cam-1: 1.3.0: write its bundle (amd64)"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted("cam-1", "1.4.0", "x86_64"), "holds no wheel of lamplighter, and 1.4.0 is wanted"),
        (Wanted("cam-1", "1.3.0", "riscv64"), "its processor is riscv64; there are wheels for"),
        (Wanted("cam-1", "1.3.0", ""), "its processor is ?; there are wheels for"),
    ],
)
def test_who_can_get_no_bundle_is_told_why(bundles: DueBundles, wanted: Wanted, words: str) -> None:
    ((text),) = carry_out(bundles, [wanted])
    assert words in text
    assert not bundles.out.exists()


def test_no_bundle_of_another_version_stays_where_there_is_none_of_the_one_that_is_due(
    bundles: DueBundles,
) -> None:
    carry_out(bundles, BOTH[:1])
    _trouble, removed = carry_out(bundles, [Wanted("cam-1", "1.4.0", "x86_64")])
    assert removed == "cam-1: remove its bundle, which is not due"
    assert there(bundles) == []


def test_containers_are_updated_by_no_bundle(bundles: DueBundles) -> None:
    gateway = msgspec.structs.replace(GATEWAY, image="agent:1")
    with pytest.raises(ProvisionError, match="see: lamplighter provision due"):
        DueBundles(gateway, bundles.wheels, bundles.out)
