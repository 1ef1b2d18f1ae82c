"""Synthetic athletes, courses and recordings: every activity is one track, derived from one seed."""
