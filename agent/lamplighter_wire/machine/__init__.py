"""What both sides need of the machine that they run on."""
