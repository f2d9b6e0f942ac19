"""Does what was confirmed: one request after the other, whatever becomes of the others."""

import asyncio

from lamplighter_client.client import AsyncClient
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import error_text

from lamplighter_dashboard.actions.proposal import Proposal
from lamplighter_dashboard.model.docker_hosts import HostError


async def perform(client: AsyncClient, proposal: Proposal) -> list[str]:
    """What went wrong, for each request that did; none: all is done."""
    troubles = []
    for request in proposal.requests:
        try:
            answer = await client.send(request)
        except ClientError as error:
            troubles.append(error_text(error))
            continue
        if proposal.answered is not None:
            proposal.answered(answer)
    if proposal.deed is not None:
        try:
            await asyncio.to_thread(proposal.deed)
        except HostError as error:
            troubles.append(str(error))
    return troubles


def outcome_text(proposal: Proposal, troubles: list[str]) -> tuple[str, bool]:
    """What is said afterwards, and whether anything went wrong."""
    if not troubles:
        return proposal.done, False
    total = len(proposal.requests)
    if total <= 1:
        return f"{proposal.title}: {troubles[0]}", True
    return f"{proposal.title}: {len(troubles)} of {total} failed; the first: {troubles[0]}", True
