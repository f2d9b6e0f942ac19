"""What it takes to open a variant: enough for another process to do it."""

import msgspec


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A network's files, the runtime that reads them, and how. `threads` bound what it may use."""

    runtime: str
    folder: str
    input: str  # name of the input picture
    outputs: list[str]  # names of the outputs that are read
    threads: int = 1
    session_config: dict[str, str] = {}
