"""What this device must not take, told before anything is loaded."""

from typing import Any

import msgspec
import pytest
from lamplighter_agent.updating.verifying import missing_needs
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.messages import Capabilities, OperatingPoint

DEVICE = Capabilities(runtimes={"onnxruntime": "1.22"})
MANIFEST = Manifest(id="full-fp32", runtime="onnxruntime", task="traffic")
POINT = OperatingPoint(variant="full-fp32", width=384, height=288)


def test_what_fits_lacks_nothing() -> None:
    assert not missing_needs(MANIFEST, POINT, DEVICE)
    of_cells = msgspec.structs.replace(MANIFEST, decoder=Decoder(name="distributions"))
    assert not missing_needs(of_cells, POINT, DEVICE)  # any size that tiles, built for or not


@pytest.mark.parametrize(
    ("manifest", "point", "word"),
    [
        ({"runtime": "litert"}, {}, "runtime:litert, perhaps pip install 'lamplighter[litert]'"),
        ({"id": "other"}, {}, "variant full-fp32"),
        ({"task": "parcels"}, {}, "task parcels"),
        ({}, {"width": 380}, "380x288"),
        ({"decoder": Decoder(name="distributions")}, {"width": 380}, "steps of 32, not 380x288"),
        ({"decoder": Decoder(name="ssd"), "sizes": ["300x300"]}, {}, "one of the sizes 300x300"),
        ({}, {"height": 0}, "384x0"),
    ],
)
def test_what_does_not_fit_is_named(
    manifest: dict[str, Any], point: dict[str, int], word: str
) -> None:
    missing = missing_needs(
        msgspec.structs.replace(MANIFEST, **manifest),
        msgspec.structs.replace(POINT, **point),
        DEVICE,
    )
    assert word in missing
