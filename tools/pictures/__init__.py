"""The pictures of README and docs/use.md, taken from a running demo: `nox -s pictures`, `-- NAME` for one of them."""
