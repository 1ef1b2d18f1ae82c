"""Measurements of the kernel: how right it is and how fast."""
