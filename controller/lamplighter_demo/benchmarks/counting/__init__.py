"""How well the street is counted: lines and movements, true against counted."""
