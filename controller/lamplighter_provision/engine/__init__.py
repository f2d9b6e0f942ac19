"""The Docker engine of a gateway: what stands there is read, and steps are carried out."""
