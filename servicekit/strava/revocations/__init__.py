"""Ending consents until Strava has agreed."""
