"""Small files as a kernel shows them below /proc and /sys."""

from pathlib import Path


def write(file: Path, value: object) -> Path:
    """One line, its folders made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{value}\n")
    return file
