"""Strava's OAuth as both services use it: the endpoint's client and the keeper of tokens."""
