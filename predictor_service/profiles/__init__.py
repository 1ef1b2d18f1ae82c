"""Profiles: how an athlete moves, fitted from their activities."""
