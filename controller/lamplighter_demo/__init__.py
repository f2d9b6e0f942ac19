"""The demo city: real controller, broker and agents as processes, on recorded streets."""
