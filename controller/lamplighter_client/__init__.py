"""The controller's HTTP API as its users see it: documents, requests, and two clients."""
