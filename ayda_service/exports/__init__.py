"""Showing members all that is stored about them."""
