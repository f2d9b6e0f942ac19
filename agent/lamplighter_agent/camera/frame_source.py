"""Where frames come from: the seam, and what every source promises."""

from typing import Protocol

from lamplighter_agent.camera.frame import Frame


class FrameSource(Protocol):
    """A camera, or what stands for one."""

    @property
    def state(self) -> str:
        """ok | lost | ended"""

    @property
    def reason(self) -> str:
        """Why it is lost, and what to do; empty where it is not."""

    @property
    def fps(self) -> float:
        """Frames per second that the source can give; 0 while that is not known."""

    @property
    def busy_cores(self) -> float:
        """Cores that receiving its frames takes beside serving; 0 while that is not known."""

    def want(self, fps: float, width: int, height: int) -> None:
        """From now on so many frames a second will be read, and looked at in pictures so large."""

    def read(self) -> Frame | None:
        """The newest frame not read yet; waits for it. None when lost or ended."""

    def close(self) -> None: ...
