"""The running club's backend and the sole owner of its Strava app."""
