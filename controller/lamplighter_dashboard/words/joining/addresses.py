"""The controller's address in a command that is typed on a device. Pure."""

from urllib.parse import urlsplit

from lamplighter_wire.https.web_address import is_loopback

# What the operator puts the name in place of that devices use.
PLACEHOLDER = "CONTROLLER"


def is_reached(url: str) -> bool:
    """Whether another machine may come to the controller by this address."""
    return not is_loopback(urlsplit(url).hostname or "")


def for_devices(url: str) -> str:
    """The address; where it leads to the machine itself, with a placeholder for the name."""
    here = urlsplit(url)
    port = f":{here.port}" if here.port else ""
    return url if is_reached(url) else f"{here.scheme}://{PLACEHOLDER}{port}"
