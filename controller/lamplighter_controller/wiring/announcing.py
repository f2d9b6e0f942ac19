"""How commands on the controller's machine find it, and what lets them in."""

from pathlib import Path

import msgspec
from lamplighter_client.target import CONTROLLER_FILE, ControllerFile
from lamplighter_wire.files import write_atomically, write_secret

from lamplighter_controller.services.access.api_access import ApiAccess
from lamplighter_controller.services.audit.audit_log import CONTROLLER, Attempt, AuditLog

ADMIN_TOKEN_FILE = "admin.token"  # noqa: S105 - a file's name


def announce(directory: Path, facts: ControllerFile) -> Path:
    """Write controller.json into the data folder."""
    path = directory / CONTROLLER_FILE
    write_atomically(path, [msgspec.json.format(msgspec.json.encode(facts)), b"\n"])
    return path


def kept_admin_token(directory: Path, access: ApiAccess, audit: AuditLog) -> str:
    """The path of the file with the admin's token, which is made anew if it opens nothing."""
    path = directory / ADMIN_TOKEN_FILE
    if not access.knows(_text(path)):
        attempt = Attempt("create_api_token", "api-token:admin", CONTROLLER)
        text = audit.change(attempt, lambda: access.make_token("admin", "admin", None))
        write_secret(path, text.encode())
    return str(path.resolve())


def _text(path: Path) -> str:
    """Empty where there is no such file, or nothing in it that could be a token."""
    try:
        return path.read_text()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
