"""Files of the keys by which the controller signs manifests and orders."""

from pathlib import Path

from lamplighter_wire.errors import SignatureError
from lamplighter_wire.signing import SigningKey

from lamplighter_controller.errors import DamagedError

FIRST_KEY = "signing.key"
REMEDY = "put it back from a backup, else move it away and enrol all devices anew"


def kept_signing_key(directory: Path, name: str = FIRST_KEY) -> SigningKey:
    """A key for manifests and desired state, made where there is none yet.

    Raises:
        DamagedError: there is a file, but no key in it.
    """
    path = directory / name
    if path.exists():
        return read_signing_key(directory, name)
    key = SigningKey.generate()
    key.save(path)
    return key


def read_signing_key(directory: Path, name: str) -> SigningKey:
    """One that has been made.

    Raises:
        DamagedError: there is none.
    """
    path = directory / name
    try:
        return SigningKey.load(path)
    except FileNotFoundError as error:
        raise DamagedError(f"{path} is missing; put it back from a backup") from error
    except SignatureError as error:
        raise DamagedError(f"{error}; {REMEDY}") from error
