"""A whole small world in memory: a street, tiny detectors, a controller's side, one agent."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import msgspec
import numpy as np
import onnx
from lamplighter_agent.agent import Agent
from lamplighter_agent.benchmark.confirming import confirm
from lamplighter_agent.bootstrap import assemble
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.deployment.journal import Journal
from lamplighter_agent.device.capabilities import read_capabilities
from lamplighter_agent.device.kept_files import KeptFiles, conditions_of
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.runtimes.onnxruntime import OnnxEngine
from lamplighter_agent.settings import AgentSettings
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import take_apart
from lamplighter_wire import topics
from lamplighter_wire.artifacts.manifest import GoldenFrame, Manifest, Part
from lamplighter_wire.blobs import artifact_sha256, compress, pack, sha256_hex
from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.codec import decode_channel, encode
from lamplighter_wire.messages import (
    Command,
    Desired,
    Message,
    OperatingPoint,
    Prediction,
    Probe,
    Reported,
    Request,
    Rung,
)
from lamplighter_wire.signing import KeySet, SigningKey, seal
from lamplighter_wire.tasks.detection import CLASSES, STRIDES, TENSORS, decode
from lamplighter_wire.transport.loopback import LoopbackBroker, LoopbackTransport
from lamplighter_wire.transport.protocol import Received
from onnx import TensorProto, helper, numpy_helper

DEVICE = "cam-1"
WIDTH, HEIGHT = 128, 96
OUTPUTS = len(CLASSES) + 4
# Only what never comes costs this: long enough for a machine that does much else.
PATIENCE_S = 60.0


class Street:
    """A camera over a street whose light can be set."""

    def __init__(self, clock: Clock, fps: float = 40.0, seed: int = 3) -> None:
        self._clock, self.fps = clock, fps
        self._rng = np.random.default_rng(seed)
        self._index = 0
        self.light = 0.6
        self.state, self.reason, self.busy_cores = "ok", "", 0.0

    def want(self, fps: float, width: int, height: int) -> None:
        """It gives what it gives."""

    def read(self) -> Frame | None:
        if self.state != "ok":
            self._clock.sleep(0.05)
            return None
        self._clock.sleep(0.5 / self.fps)
        level = int(255 * self.light)
        picture = np.full((HEIGHT * 2, WIDTH * 2, 3), level, np.uint8)
        x, y = self._rng.integers(0, WIDTH, 2)
        picture[y : y + 24, x : x + 40] = 255 - level
        self._index += 1
        frame = frame_of(picture, self._clock.time())
        return Frame(self._index, frame.at, frame.image, frame.scaler)

    def close(self) -> None:
        self.state = "ended"


def tiny_detector(path: Path, seed: int, work: int = 0) -> None:
    """A graph with the detector's contract; `work` adds that many costly layers."""
    rng = np.random.default_rng(seed)
    nodes, constants = [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    def conv(name: str, given: str, shape: tuple[int, ...], stride: int, pad: int = 0) -> str:
        kernel = rng.normal(0, 0.5 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)
        bias = rng.normal(-0.5, 0.5, shape[0]).astype(np.float32)
        inputs = [given, constant(f"{name}.w", kernel), constant(f"{name}.b", bias)]
        attributes = {"strides": [stride, stride], "pads": [pad] * 4}
        nodes.append(helper.make_node("Conv", inputs, [name], **attributes))
        return name

    nodes.append(helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT))
    nodes.append(helper.make_node("Div", ["floats", constant("full", np.float32(64))], ["scaled"]))
    nodes.append(helper.make_node("Transpose", ["scaled"], ["planes"], perm=[0, 3, 1, 2]))
    given = conv("stem", "planes", (3, 3, 3, 3), 1, pad=1)
    if work:
        given = conv("wide", given, (32, 3, 3, 3), 1, pad=1)
        for i in range(work):
            given = conv(f"work{i}", given, (32, 32, 3, 3), 1, pad=1)
        given = conv("narrow", given, (3, 32, 1, 1), 1)
    shape = constant("flat", np.array([0, OUTPUTS, -1], np.int64))
    for stride in STRIDES:
        head = conv(f"head{stride}", given, (OUTPUTS, 3, stride, stride), stride)
        nodes.append(helper.make_node("Reshape", [head, shape], [f"rows{stride}"]))
    rows = [f"rows{stride}" for stride in STRIDES]
    nodes.append(helper.make_node("Concat", rows, ["all"], axis=2))
    nodes.append(helper.make_node("Transpose", ["all"], ["anchors"], perm=[0, 2, 1]))
    sizes = constant("sizes", np.array([len(CLASSES), 4], np.int64))
    nodes.append(helper.make_node("Split", ["anchors", sizes], ["logits", "raw"], axis=2))
    nodes.append(helper.make_node("Sigmoid", ["logits"], ["scores"]))
    nodes.append(helper.make_node("Softplus", ["raw"], ["positive"]))
    reach = constant("reach", np.float32(12))
    nodes.append(helper.make_node("Mul", ["positive", reach], ["distances"]))
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", "h", "w", 3])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "a", size])
        for name, size in (("scores", len(CLASSES)), ("distances", 4))
    ]
    graph = helper.make_graph(nodes, "tiny", [images], outputs, constants)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))


def unnamed(parts: list[Part]) -> list[Part]:
    """As they were before parts named the file they belong to."""
    return [msgspec.structs.replace(part, file="") for part in parts]


@dataclass(frozen=True)
class Variant:
    """A built variant as a controller holds it."""

    name: str
    sha: str
    chunks: dict[str, bytes]

    def rung(self, predicted_ms: float = 0.0, ap50: float = 0.5, **point: object) -> Rung:
        shape = {"width": WIDTH, "height": HEIGHT, **point}
        return Rung(
            point=OperatingPoint(variant=self.name, manifest=self.sha, **shape),  # type: ignore[arg-type]
            predicted=Prediction(latency_p50_ms=predicted_ms, expected_ap50=ap50),
        )


def build(
    name: str,
    key: SigningKey,
    seed: int = 0,
    work: int = 0,
    wrong_golden: bool = False,
    named_files: bool = True,
    draw: Callable[[Path], None] | None = None,
    **manifest: object,
) -> Variant:
    """Export, take apart, pack, compute golden answers and sign.

    Without `named_files` the manifest is one of before parts named the file they belong to.
    `draw` writes a graph of its own in the place of a tiny detector.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.onnx"
        draw(path) if draw else tiny_detector(path, seed, work)
        files = take_apart(path)
        engine = OnnxEngine(path, TENSORS)
        rng = np.random.default_rng(9)
        picture = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        jpeg = bytes(cv2.imencode(".jpg", cv2.blur(picture, (9, 9)))[1])
        given = frame_of(jpeg).rgb(WIDTH, HEIGHT)
        outputs = engine.infer(given[None])
    boxes = decode(outputs["scores"][0], outputs["distances"][0], WIDTH, HEIGHT, 0.35)
    if wrong_golden:
        boxes = boxes[::-1] * np.array([0.3, 0.3, 0.3, 0.3, 1, 1], np.float32)
    packed = pack(files)
    golden = GoldenFrame(
        image=sha256_hex(jpeg), width=WIDTH, height=HEIGHT, boxes=boxes.astype(float).tolist()
    )
    described = Manifest(
        id=name,
        artifact_sha256=artifact_sha256(files),
        size_bytes=sum(map(len, packed.chunks.values())),
        chunks=packed.refs(),
        parts=packed.parts if named_files else unnamed(packed.parts),
        golden=[golden],
        **manifest,  # type: ignore[arg-type]
    )
    envelope = seal(described, key)
    sha = sha256_hex(envelope)
    return Variant(name, sha, {**packed.chunks, golden.image: jpeg, sha: envelope})


@dataclass
class Controller:
    """The other side: answers requests, signs desired states, remembers."""

    broker: LoopbackBroker
    key: SigningKey
    chunks: dict[str, bytes] = field(default_factory=dict)
    heard: list[tuple[str, Message]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    silent: bool = False

    def __post_init__(self) -> None:
        self.transport = self.broker.client()
        self.transport.connect()
        self.transport.on_message(self._on_message)
        self.transport.subscribe(topics.ALL_UP)

    def publish(self, *variants: Variant) -> None:
        for variant in variants:
            self.chunks |= variant.chunks

    def desire(self, revision: int, primary: Rung, **fields: object) -> Desired:
        defaults: dict[str, object] = {
            "expires_at": time.time() + 600,
            "probation_frames": 6,
            "probation_s": 0.2,
        }
        return Desired(
            device=DEVICE,
            revision=revision,
            primary=primary,
            **(defaults | fields),  # type: ignore[arg-type]
        )

    def deploy(self, desired: Desired, key: SigningKey | None = None) -> None:
        topic = topics.down(DEVICE, "desired")
        self.transport.publish(topic, seal(desired, key or self.key), retain=True)

    def command(self, kind: str) -> None:
        command = Command(id=kind, device=DEVICE, kind=kind)
        self.transport.publish(topics.down(DEVICE, "command"), encode(command))

    def all(self, channel: str) -> list[Message]:
        return [message for at, message in list(self.heard) if at == channel]

    def reported(self) -> Reported:
        last = self.all("reported")[-1:]
        return last[0] if last else Reported()  # type: ignore[return-value]

    def _on_message(self, received: Received) -> None:
        channel = topics.parse(received.topic).channel
        message = decode_channel(channel, received.payload)
        self.heard.append((channel, message))
        confirm(self.transport, received)
        if isinstance(message, Request) and message.kind == "chunks" and not self.silent:
            for sha in message.chunks:
                self.sent.append(sha)
                topic = topics.blob(sha, message.artifact)
                self.transport.publish(topic, compress(self.chunks[sha]))


class World:
    """Broker, controller, street and one agent over a state folder; a street for each stream."""

    def __init__(self, state_dir: Path, key: SigningKey | None = None, **settings: object) -> None:
        self.key = key or SigningKey.generate()
        self.clock = SystemClock()
        self.broker = LoopbackBroker()
        self.controller = Controller(self.broker, self.key)
        self.state_dir = state_dir
        state_dir.mkdir(parents=True, exist_ok=True)
        defaults: dict[str, object] = {
            "device": DEVICE,
            "state_dir": state_dir,
            "fps_floor": 6.0,
            "fps_cap": 6.0,
            "camera_width": WIDTH * 2,
            "camera_height": HEIGHT * 2,
            "telemetry_s": 0.5,
            "time_scale": 0.01,
            "reference_every": 0,
            "fetch_timeout_s": 5.0,
        }
        self.settings = AgentSettings(**(defaults | settings))  # type: ignore[arg-type]
        here = read_capabilities(self.settings, installed_runtimes().versions())
        conditions = conditions_of(self.settings, here)
        KeptFiles(state_dir).keep_probe(Probe(device=DEVICE, at=1.0), conditions)
        self.street = Street(self.clock)
        self.transport: LoopbackTransport
        self.agent: Agent | None = None

    def boot(self, journal: Journal | None = None) -> Agent:
        """A new agent over the same folder, not started."""
        self.streets = {name: Street(self.clock) for name in self.settings.streams}
        self.street = next(iter(self.streets.values()))
        self.transport = self.broker.client()
        self.agent = assemble(
            self.settings,
            lambda: KeySet.of(self.key),
            self.transport,
            self.clock,
            sources=self.streets,
            journal=journal,
        )
        return self.agent

    def start(self, journal: Journal | None = None) -> Agent:
        agent = self.boot(journal)
        agent.start()
        return agent

    def stop(self) -> None:
        if self.agent is not None:
            self.agent.stop()
            self.agent = None

    def wait(self, true: Callable[[], bool], what: str = "") -> None:
        """Until `true()`; fails with what was last reported."""
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what}: {self.controller.reported()}")
            time.sleep(0.02)

    def wait_for(self, revision: int, outcome: str) -> Reported:
        """Until the device says that this deployment has ended so."""

        def ended() -> bool:
            said = self.controller.reported()
            return said.revision == revision and bool(said.outcome)

        self.wait(ended, f"revision {revision} {outcome}")
        said = self.controller.reported()
        assert said.outcome == outcome, said
        return said
