"""Strava's JSON, computed from athletes, activities and their tracks."""
