"""`python -m cli` is the `ayda` command."""

from __future__ import annotations

from cli.main import main

if __name__ == "__main__":
    main()
