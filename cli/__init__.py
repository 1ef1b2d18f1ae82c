"""The `ayda` command."""
