"""Clients complete uploads while they are swept; afterwards everything that was stored must be whole."""
