"""Why a gateway cannot be brought to what its file says."""


class ProvisionError(Exception):
    """Says what is wrong with which device, file or engine, and what to do about it."""


class UnheardError(ProvisionError):
    """The controller does not say what is due just now; it may be that it restarts."""
