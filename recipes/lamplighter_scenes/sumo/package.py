"""What SUMO's package holds: the folders of its games, each a junction with its network.

Needs the optional extra `sumo`. Nothing else in the project needs SUMO: the recorded traces ship.
"""

import gzip
from pathlib import Path
from typing import Any


def game_dir(name: str) -> Path:
    """The folder of one of the package's games.

    Raises:
        FileNotFoundError: eclipse-sumo is not installed.
    """
    try:
        import sumo  # type: ignore[import-not-found]
    except ImportError as error:
        raise FileNotFoundError("pip install eclipse-sumo libsumo sumolib to record") from error
    return Path(sumo.SUMO_HOME) / "tools" / "game" / name


def read_text(path: Path) -> str:
    """A file's text, unpacked where it is packed."""
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()


def read_network(path: Path) -> Any:
    """A network with the lanes inside its junctions."""
    import sumolib

    return sumolib.net.readNet(str(path), withInternal=True)
