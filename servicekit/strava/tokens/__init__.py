"""Keeping an athlete's tokens: sealed at rest, refreshed once for everybody who waits."""
