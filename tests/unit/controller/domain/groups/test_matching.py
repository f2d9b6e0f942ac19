"""Who is in a group, and what keeps the others out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.groups.facts import DeviceFacts
from lamplighter_controller.domain.groups.matching import holds, why_not
from lamplighter_controller.domain.groups.query import parse_query
from lamplighter_controller.domain.selection.device_filter import PresenceState
from lamplighter_wire.messages import Capabilities

CAM = DeviceFacts(
    id="cam-1",
    site="north",
    labels={"pilot": "yes", "floor": "3", "site": "x"},
    state=PresenceState.ONLINE,
    seen_s=10.0,
    serving="p50-int8",
    model="nanodet-p50",
    version="abc",
    deployment="committed",
    agent="1.2",
    capabilities=Capabilities(
        machine="x86_64",
        isa=["avx2", "avx512_vnni"],
        cores=4,
        memory_bytes=2_000_000_000,
        runtimes={"onnxruntime": "1.22"},
        accelerators=["edgetpu"],
        sensors=["rapl"],
        streams=["a", "b"],
    ),
)
NEW = DeviceFacts(id="cam-2")

TRUE = """
id=cam-* | site=north | site=south|north | site!=south | pilot | pilot=yes | label.site=x | floor>=3
state=online | seen<1m | serving=p50-int8 | model=nanodet-p50 | version=ab* | deployment=committed
agent=1.* | machine=x86_64 | cpu.avx2 | cpu.vnni | cpu.avx512_vnni | cpu.vnni=yes | cpu.cores=4
cpu.cores>2 and memory>=2G | runtime.onnxruntime=1.* | accelerator.edgetpu | sensor.rapl | cameras=2
not cpu.amx | not (pilot and site=south) | a=1 or pilot | pilot!=no | missing!=1 | not missing
""".replace("\n", " | ").split(" | ")
FALSE = """
id=cam | site=south | site!=north | not pilot | pilot=no | floor>3 | site=x | pilot>1 | missing
cpu.amx | cpu.cores<4 | memory>2G | runtime.litert | accelerator.npu | not (site=south or pilot)
""".replace("\n", " | ").split(" | ")


@pytest.mark.parametrize("text", [text for text in TRUE if text])
def test_what_holds(text: str) -> None:
    query = parse_query(text)
    assert holds(query, CAM)
    assert why_not(query, CAM) == []


@pytest.mark.parametrize("text", [text for text in FALSE if text])
def test_what_does_not_hold(text: str) -> None:
    query = parse_query(text)
    assert not holds(query, CAM)
    assert why_not(query, CAM)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("site=south and cpu.amx and pilot", ["site is 'north'", "it has no cpu.amx"]),
        ("not pilot", ["label 'pilot' is 'yes'"]),
        ("cpu.cores>8", ["cpu.cores is 4"]),
        ("site=south or zone=a", ["site is 'north' and it has no label 'zone'"]),
        ("not (site=south or pilot)", ["label 'pilot' is 'yes'"]),
        ("not (site=north and pilot)", ["site is 'north' and label 'pilot' is 'yes'"]),
        ("not cpu.avx2", ["it has cpu.avx2"]),
    ],
)
def test_what_keeps_a_device_out(text: str, reasons: list[str]) -> None:
    assert why_not(parse_query(text), CAM) == reasons


def test_of_a_device_that_has_said_nothing() -> None:
    assert why_not(parse_query("memory>1G"), NEW) == ["memory is not known"]
    assert why_not(parse_query("seen<5m"), NEW) == ["seen is not known"]
    assert why_not(parse_query("machine=aarch64"), NEW) == ["it has no machine"]
    assert holds(parse_query("state=never and deployment=none"), NEW)


ATOMS = ("pilot", "missing", "site=north", "site=south", "cpu.vnni", "cpu.cores>8")
QUERIES = st.recursive(
    st.sampled_from(ATOMS),
    lambda part: st.one_of(
        part.map("not ({})".format),
        st.tuples(part, part).map(lambda two: f"({two[0]} and {two[1]})"),
        st.tuples(part, part).map(lambda two: f"({two[0]} or {two[1]})"),
    ),
    max_leaves=6,
)


@given(QUERIES)
def test_a_device_is_in_or_has_a_reason(text: str) -> None:
    try:
        query = parse_query(text)
    except ValueError:
        return  # nested too deeply
    assert bool(why_not(query, CAM)) is not holds(query, CAM)
