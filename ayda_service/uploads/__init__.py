"""Uploads of members' activities to Strava."""
