"""Commands for whoever looks after the controller's machine."""
