"""Records as a device of the tests leaves them in the store."""

from lamplighter_controller.store.records import DeploymentRecord, PlanRecord


def plan(at: float = 1.0) -> PlanRecord:
    document = {"reasons": ["cheapest"], "figure": 1.5}
    return PlanRecord(
        device="cam-1", at=at, cause="probe", variant="v1", regime="day-dry-free", document=document
    )


def deployment(revision: int) -> DeploymentRecord:
    return DeploymentRecord(device="cam-1", revision=revision, plan=0, variant="v1", at=2.0)
