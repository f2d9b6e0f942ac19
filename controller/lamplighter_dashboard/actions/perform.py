"""Does what was confirmed: one request after the other, whatever becomes of the others."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from lamplighter_client.client import AsyncClient
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import error_text

from lamplighter_dashboard.actions.proposal import Became, Proposal
from lamplighter_dashboard.model.docker_hosts import HostError

# Of what became of many, so much is told; the rest is counted.
MOST_TOLD = 6
Weight = Literal["information", "warning", "error"]


class Performing:
    """A proposal that is being done."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.made = 0
        """Requests that are over."""
        self._told: list[str] = []
        self._left: list[str] = []  # why nothing was done
        self._failed: list[str] = []

    @property
    def total(self) -> int:
        """Requests and deeds that are asked for."""
        return len(self.proposal.requests) + (self.proposal.deed is not None)

    @property
    def progress(self) -> str:
        """ "Hold 200 devices: 27 of 200 done"."""
        return f"{self.proposal.title}: {self.made} of {self.total} done"

    async def run(self, client: AsyncClient) -> None:
        """Do it whole."""
        for request in self.proposal.requests:
            try:
                answer = await client.send(request)
            except ClientError as error:
                self._failed.append(error_text(error))
            else:
                self.hear(self.proposal.answered(answer) if self.proposal.answered else None)
            self.made += 1
        if self.proposal.deed is not None:
            try:
                await asyncio.to_thread(self.proposal.deed)
            except HostError as error:
                self._failed.append(str(error))
            self.made += 1

    def hear(self, became: Became | None) -> None:
        """What an answer says."""
        if became is not None and became.text:
            (self._told if became.is_done else self._left).append(became.text)

    @property
    def weight(self) -> Weight:
        """How what is said afterwards is to be taken."""
        if self._failed:
            return "error"
        return "warning" if self._left else "information"

    @property
    def outcome(self) -> str:
        """What is said afterwards."""
        troubles = [*self._failed, *self._left]
        if self.total <= 1:
            return self._outcome_of_one(troubles)
        if not troubles:
            return "\n".join([self.proposal.done, *_some(self._told)])
        first = f"{self.proposal.title}: {self.total - len(troubles)} of {self.total} done"
        return "\n".join([first, *(f"✖ {one}" for one in _some(troubles)), *_some(self._told)])

    def _outcome_of_one(self, troubles: Sequence[str]) -> str:
        if troubles:
            return f"{self.proposal.title}: {troubles[0]}"
        return self._told[0] if self._told else self.proposal.done


def _some(texts: Sequence[str]) -> list[str]:
    left = len(texts) - MOST_TOLD
    return [*texts[:MOST_TOLD], *([f"and {left} more"] if left > 0 else [])]
