"""What a deployment costs on the wire, added up over its downloads and over restarts."""

from collections.abc import Callable
from dataclasses import dataclass

from lamplighter_wire.messages import Transfer
from msgspec.structs import replace


@dataclass(slots=True)
class TransferTotals:
    """`spent` so far; `publish` is called at every change.

    `aside`: the downloads are not the primary's; its progress stays as it is.
    """

    spent: Transfer
    publish: Callable[[Transfer], None]
    aside: bool = False

    def begin(self, total: int, missing: int) -> Callable[[Transfer], None]:
        """One more download, of `total` chunks of which `missing` are not held: its progress."""
        before = self.spent = with_unnoticed(self.spent, total, missing)

        def progress(now: Transfer) -> None:
            if self.aside:
                total, missing = before.chunks_total, before.chunks_missing
                now = replace(now, chunks_total=total, chunks_missing=missing)
            self.spent = carried_on(before, now)
            self.publish(self.spent)

        return progress


def with_unnoticed(spent: Transfer, total: int, missing: int) -> Transfer:
    """Count what came between the last figures that were saved and a loss of power.

    Their number only: how many bytes they took on the wire is not known any more.
    """
    if spent.chunks_total != total:
        return spent
    unnoticed = max(0, spent.chunks_missing - missing)
    return replace(spent, chunks_received=spent.chunks_received + unnoticed)


def carried_on(before: Transfer, now: Transfer) -> Transfer:
    """Costs add up; what is missing is as it is now."""
    return replace(
        now,
        bytes_received=before.bytes_received + now.bytes_received,
        chunks_received=before.chunks_received + now.chunks_received,
        chunks_requested=before.chunks_requested + now.chunks_requested,
        duplicates=before.duplicates + now.duplicates,
    )
