"""The operations page: what it shows of this service."""
