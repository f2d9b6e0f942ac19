"""Access rules of a broker in tests that are about something else."""

from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.pki.authority import Authority


def open_rules(authority: Authority) -> AccessRules:
    """Nobody is retired, and whoever subscribes to a chunk gets it."""
    return AccessRules(shares_chunks=True, revoked=authority.revocation_list([]))
