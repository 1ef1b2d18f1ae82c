"""The race catalogue."""
