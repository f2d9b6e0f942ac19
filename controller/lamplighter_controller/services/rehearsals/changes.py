"""What devices do with a change that is no model: nothing is built, and next to nothing travels."""

from collections.abc import Sequence

from lamplighter_controller.domain.rollouts.changes.agent_version import AgentChange
from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.rehearsal import DeviceModel
from lamplighter_controller.domain.rollouts.rollout import Target

# A signed configuration, and from hearing it to saying so.
DOCUMENT_BYTES, TAKEN_S = 2_000, 2.0
# By hand, from being due to being up again.
INSTALLED_S = 300.0
FEW_FAIL = 0.01


def alike_models(change: Change, targets: Sequence[Target]) -> dict[str, DeviceModel]:
    """Each device alike: none of them has a past of such changes that would tell more."""
    by_hand = isinstance(change, AgentChange)
    model = DeviceModel(
        size_bytes=0 if by_hand else DOCUMENT_BYTES,
        proof_s=INSTALLED_S if by_hand else TAKEN_S,
        failure=FEW_FAIL,
    )
    return {target.device: model for target in targets}
