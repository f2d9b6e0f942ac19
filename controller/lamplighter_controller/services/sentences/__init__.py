"""What the controller does and notices, as sentences for people who have read no code.

Each says what happened, to what, why, and what follows. Codes, ids and setting names stay in the
event's data beside it.
"""
