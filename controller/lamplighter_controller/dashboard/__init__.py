"""The fleet view in a terminal. It speaks HTTP only and holds no rule of the fleet."""
