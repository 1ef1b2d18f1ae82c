"""Seeded breaking changes, each of which the contract tests must find: `python -m tests.contracts.breaking`."""
