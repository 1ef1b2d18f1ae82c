"""Forgetting people, and showing them all that is known of them."""
