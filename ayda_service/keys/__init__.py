"""The keys that tokens are sealed under: counting, rewrapping, retiring."""
