"""The demo city: its controller, devices, envelopes, footage and faults."""
