"""Strava as the predictor reads it: access tokens, activities, streams."""
