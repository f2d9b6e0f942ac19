"""What a graph of OpenVINO says of itself: `model.xml`, with its weights in `model.bin`."""

import re
from xml.etree import ElementTree

from lamplighter_wire.errors import GraphError
from lamplighter_wire.graphs.facts import GraphFacts, Outside

WEIGHTS = "model.bin"
BITS_OF_NAME = re.compile(r"\d+$")
WIDEST = 128
BOOLEAN = "boolean"


def read_openvino(data: bytes) -> GraphFacts:
    """The facts of a graph.

    Raises:
        GraphError: it is none, or says what no graph says.
    """
    if b"<!" in data:  # neither entities nor other declarations: they unfold
        raise GraphError("it declares what a graph has no use for")
    try:
        layers = list(ElementTree.fromstring(data).iterfind("layers/layer"))  # noqa: S314 - see above
    except ElementTree.ParseError as error:
        raise GraphError(f"it is no graph of OpenVINO: {error}") from error
    facts = GraphFacts()
    try:
        for layer in layers:
            _read_layer(layer, facts)
    except ValueError as error:
        raise GraphError("it is no graph of OpenVINO: a number is none") from error
    if not facts.count:
        raise GraphError("it is no graph of OpenVINO, or has no operators")
    return facts


def _read_layer(layer: ElementTree.Element, facts: GraphFacts) -> None:
    version = layer.get("version", "")
    domain = "" if re.fullmatch(r"opset\d{1,2}", version) else version or "none"
    facts.add_operator(domain, layer.get("type", ""))
    name = layer.get("name", "")
    if layer.find("body") is not None or layer.find("then_body") is not None:
        facts.control.add("a graph within an operator")
    for port in layer.iterfind("output/port"):
        shape = [max(int(dim.text or "1"), 1) for dim in port.iterfind("dim")]
        facts.add_tensor(name, shape, _bits(port.get("precision", "")))
    values = layer.find("data")
    if layer.get("type") == "Const" and values is not None:
        shape = [int(side) for side in values.get("shape", "").split(",") if side.strip()]
        tensor = facts.add_tensor(name, shape, _bits(values.get("element_type", "")))
        offset, size = int(values.get("offset", "0")), int(values.get("size", "0"))
        facts.outside.append(Outside(tensor, WEIGHTS, offset, size))


def _bits(name: str) -> int:
    """Of an element, such as FP32, f16, u8, boolean."""
    match = BITS_OF_NAME.search(name)
    return 8 if name.lower() == BOOLEAN else int(match[0]) if match else WIDEST
