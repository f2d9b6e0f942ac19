"""Whether a device reproduces the answers that the manifest promises on its golden frames."""

from collections.abc import Callable

import numpy as np
from lamplighter_wire.artifacts.manifest import GoldenFrame, Manifest
from lamplighter_wire.tasks.task import GoldenRun, Task

from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.runtimes.engine import Infer

NO_GOLDEN_FRAMES = -1.0


def golden_agreement(
    task: Task, infer: Infer, manifest: Manifest, read: Callable[[str], bytes]
) -> float:
    """Agreement over all golden frames with the answers of the manifest; -1 when it has none.

    `infer` runs the candidate as an engine does; `read` gives a picture's bytes by hash.

    Raises:
        EngineError: the runtime fails.
        SourceError: a picture cannot be decoded.
        BlobError: a picture is missing or damaged.
    """

    def run(frame: GoldenFrame) -> GoldenRun:
        picture = frame_of(read(frame.image)).rgb(frame.width, frame.height)
        outputs = {name: values[0] for name, values in infer(picture[None]).items()}
        golden = np.array(frame.boxes, np.float32)
        return GoldenRun(golden, outputs, frame.width, frame.height)

    if not manifest.golden:
        return NO_GOLDEN_FRAMES
    return task.golden_agreement([run(frame) for frame in manifest.golden])
