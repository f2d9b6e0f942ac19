"""The contract between a device and the controller: messages, topics, blobs and signatures."""

__version__ = "0.1.0"
