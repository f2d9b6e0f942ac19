"""How movements are named: what crossed a line or zone, and who went from one to another."""

TO = "to-"


def turn_name(origin: str, destination: str) -> str:
    """Of who came by one and left by the other: "west/to-north"."""
    return f"{origin}/{TO}{destination}"


def is_turn(movement: str) -> bool:
    """Whether a movement goes from one line or zone to another, rather than over one."""
    return movement.rpartition("/")[2].startswith(TO)
