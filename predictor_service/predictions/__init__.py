"""Predictions and the ledger that remembers them."""
