"""What devices are asked for by somebody who waits; it is kept nowhere."""
