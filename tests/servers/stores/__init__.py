"""The real servers: how each is installed, started on loopback, and stopped."""
