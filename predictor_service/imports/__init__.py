"""Imports: an athlete's whole history from one archive."""
