"""Keeping what is known of an athlete's activities up to date with Strava."""
