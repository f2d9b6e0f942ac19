"""What operators have set for one device: it ends when its name is released."""

from collections.abc import Callable

from lamplighter_controller.domain.policy.policy import DEVICE
from lamplighter_controller.services.attention.attention_marks import AttentionMarks
from lamplighter_controller.services.configurations.device_configurations import (
    DeviceConfigurations,
)
from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.services.policies.policies import Policies

BY = "release of the name"


class OwnSettings:
    """Call it on the deciding thread. `leave_rollouts`: ends what rollouts say of a device."""

    def __init__(
        self,
        configurations: DeviceConfigurations,
        overrides: Overrides,
        policies: Policies,
        marks: AttentionMarks,
        leave_rollouts: Callable[[str], object],
    ) -> None:
        self._configurations, self._overrides = configurations, overrides
        self._policies, self._marks = policies, marks
        self._leave_rollouts = leave_rollouts

    def end(self, device: str) -> None:
        """Settings and lines, overrides, thresholds, marks, and what rollouts say."""
        self._configurations.end(device)
        for override in self._overrides.open():
            if override.scope == f"device:{device}":
                self._overrides.end(override, BY)
        self._policies.end(DEVICE + device)
        for mark in self._marks.of(device):
            self._marks.end(mark.number, BY)
        self._leave_rollouts(device)
