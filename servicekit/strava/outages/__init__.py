"""The one opinion on whether Strava is up."""
