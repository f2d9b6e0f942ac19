"""What a device follows of what its task's answers say: the seam, and who fits it.

The street's monitor comes along, for detection, and the scene's, for classification; those of
other tasks are named by entry points of their distributions (group `lamplighter.monitors`), by the
task's name.
"""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from lamplighter_wire.errors import TaskError
from lamplighter_wire.messages import Regime, Shift, Telemetry, Workload
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.tasks.classification import classification_named
from lamplighter_wire.tasks.detection import detection_named
from lamplighter_wire.tasks.task import Answer, Task

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.monitoring.monitors.scene_monitor import SceneMonitor
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.settings import AgentSettings

GROUP = "lamplighter.monitors"


class Monitor(Protocol):
    """Used by the serve loop's thread; others read the regime and the demanded frame rate."""

    @property
    def demand_fps(self) -> float:
        """Frames per second demanded now."""

    @property
    def regime(self) -> Regime:
        """As last accepted: it sets thresholds and rungs."""

    @property
    def new_objects(self) -> int:
        """What the newest frame showed for the first time: it is looked at again soon."""

    def accepted_fps(self, otherwise: float) -> float:
        """The frame rate that was accepted as demanded; `otherwise` before any was."""

    def follow(self, frame: Frame, answer: Answer) -> Shift | None:
        """A served frame; the workload shift that it completes. Never raises for a frame."""

    def complete(self, window: Telemetry) -> Telemetry:
        """The window with what was seen in it; the next one begins."""


@runtime_checkable
class FollowsPolicy(Protocol):
    """What a monitor has, too, that goes by thresholds of the policy."""

    def follow_policy(self, policy: Callable[[], DevicePolicy]) -> None:
        """`policy` says which is in force now."""


@runtime_checkable
class FollowsCamera(Protocol):
    """What a monitor has, too, that can ask for no more frames than the camera gives."""

    def follow_camera(self, fps: Callable[[], float]) -> None:
        """`fps` says how many frames per second it gives; 0: not known."""


@runtime_checkable
class FollowsSettings(Protocol):
    """What a monitor has, too, whose settings may change while it runs."""

    def follow_settings(self, settings: AgentSettings) -> None:
        """These are in force now, with what concerns its stream; between two windows."""


@runtime_checkable
class FollowsTask(Protocol):
    """What a monitor has, too, whose reports depend on how a network's outputs are read."""

    def follow_task(self, task: Task) -> None:
        """`task` has read the answer that follows."""


@runtime_checkable
class KnowsWhenEmpty(Protocol):
    """What a monitor has, too, that can tell that nobody is in view: its network may rest then."""

    @property
    def is_empty(self) -> bool:
        """Nobody is followed, and nobody was found in the newest frame."""

    def follow_still(self, frame: Frame) -> Shift | None:
        """A frame in which nothing has moved since nobody was in view; as `follow`."""


# From the settings, and the workload as accepted before a restart.
MonitorFactory = Callable[[AgentSettings, Workload | None], Monitor]


def monitor_factory(task: str) -> MonitorFactory:
    """What makes the monitor of a task.

    Raises:
        TaskError: none is installed here.
    """
    if detection_named(task) is not None:
        return StreetMonitor
    if classification_named(task) is not None:
        return SceneMonitor
    for entry in entry_points(group=GROUP, name=task):
        factory: MonitorFactory = entry.load()
        return factory
    raise TaskError(f"no monitor of the task {task!r} is installed here")
