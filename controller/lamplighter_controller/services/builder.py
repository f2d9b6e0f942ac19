"""The workshop as the services see it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from lamplighter_controller.domain.variants import VariantSpec

Progress = Callable[[float, str], None]


class Builder(Protocol):
    """Builds and measures variants in processes of its own."""

    def offers(self) -> Sequence[VariantSpec]:
        """All that could be built, with figures predicted from the parent. Does not wait."""

    def is_preparing(self) -> bool:
        """Whether offers are still missing that plans wait for."""

    def may_offer_more(self) -> bool:
        """Whether there may soon be others, for which no plan waits."""

    def models_state(self) -> object:
        """Another value after a user's own model was added or removed."""

    def build_for(self, machine: str) -> None:
        """A device of this machine has come: from now on variants are offered for it as well."""

    def build(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        """Build in a process of its own; the result is built, measured and has a manifest.

        `progress(share, stage)` may be called from any thread.
        """

    def cancel(self, variant: str) -> bool:
        """End a build, also one that runs: its future fails. False where there is none."""

    def evaluate(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        """The same variant with its accuracy measured in full, at low priority."""
