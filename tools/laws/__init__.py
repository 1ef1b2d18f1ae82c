"""The laws of the house that no linter knows; `docs/architecture.md` says why each stands."""
