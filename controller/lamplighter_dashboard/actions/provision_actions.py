"""How devices come into the fleet. Pure."""

from collections.abc import Callable

from lamplighter_client import endpoints, registration_endpoints
from lamplighter_client.documents import Claim, EnrolmentToken

from lamplighter_dashboard.actions.proposal import (
    Draft,
    Field,
    Given,
    Proposal,
    hours,
    needed,
    settled,
)


def token(show: Callable[[EnrolmentToken], None]) -> Draft:
    """Let a device enrol. `show`: is given the token, which is told this once."""

    def build(given: Given) -> Proposal:
        device = needed(given, "device", "write the name that the device shall have")
        return Proposal(
            title=f"Make a token for {device}",
            effects=[
                f"Whoever has it within an hour enrols once, as {device}.",
                "It is shown once, with the command that takes it, and can be copied.",
            ],
            requests=[endpoints.create_token(device)],
            done=f"a token for {device} is made",
            answered=show,
        )

    return Draft("Make a token", build, [Field("device", "its name")])


def accept(claim: Claim) -> Draft:
    """Let a device in."""

    def build(given: Given) -> Proposal:
        site = given.get("site", "").strip()
        return Proposal(
            title=f"Let {claim.device} in",
            effects=[
                "Compare the fingerprint with what the device shows: another one means that"
                " somebody stands between.",
                f"here  {claim.fingerprint}",
                f"It gets a certificate and joins the fleet{f' at {site}' if site else ''}.",
            ],
            requests=[registration_endpoints.accept_claim(claim.id, site or None)],
            done=f"{claim.device} is let in",
        )

    return Draft(f"Let {claim.device} in", build, [Field("site", "where it stands; may be empty")])


def reject(claim: Claim) -> Draft:
    """Keep a device out."""
    return settled(
        Proposal(
            title=f"Keep {claim.device} out",
            effects=[f"The machine at {claim.source} gets no certificate by this claim."],
            requests=[registration_endpoints.reject_claim(claim.id)],
            done=f"{claim.device} is kept out",
        )
    )


def renew(device: str) -> Draft:
    """Have a device's certificate replaced now."""
    return settled(
        Proposal(
            title=f"Renew the certificate of {device}",
            effects=[
                "It makes a new key and gets a certificate for it, while it serves on.",
                "The one that it has holds until its end.",
            ],
            requests=[endpoints.renew(device)],
            done=f"{device}: asked to renew its certificate",
        )
    )


def open_window() -> Draft:
    """Take claims for a while."""

    def build(given: Given) -> Proposal:
        return Proposal(
            title="Take claims",
            effects=[
                "Whoever reaches the controller may ask to come in meanwhile; nobody does before"
                " it is accepted here.",
            ],
            requests=[registration_endpoints.open_claims(hours(given))],
            done="claims are taken",
        )

    return Draft("Take claims", build, [Field("hours", "for how many hours", "1")])
