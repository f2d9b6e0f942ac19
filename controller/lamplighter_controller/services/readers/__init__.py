"""What programs of others read at the broker, and who may."""
