"""Answering requests: the app, problems, keys, health, idempotency."""
