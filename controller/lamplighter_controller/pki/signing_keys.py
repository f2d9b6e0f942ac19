"""The key by which the controller signs manifests and orders."""

from pathlib import Path

from lamplighter_wire.errors import SignatureError
from lamplighter_wire.signing import SigningKey

from lamplighter_controller.errors import DamagedError


def kept_signing_key(directory: Path) -> SigningKey:
    """The controller's key for manifests and desired state, made at the first start.

    Raises:
        DamagedError: there is a file, but no key in it.
    """
    path = directory / "signing.key"
    if path.exists():
        try:
            return SigningKey.load(path)
        except SignatureError as error:
            remedy = "put it back from a backup, else move it away and enrol all devices anew"
            raise DamagedError(f"{error}; {remedy}") from error
    key = SigningKey.generate()
    key.save(path)
    return key
