"""Predictions for anyone, of which nothing is kept."""
