"""HTTPS as clients of the controller need it: whom they believe, and what went wrong in words."""
