"""How devices come in and stay, in words."""
