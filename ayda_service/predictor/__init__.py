"""The predictor as ayda speaks to it, and what it is told."""
