"""Strava's push events: taken in durably, worked on later, believed only after a look."""
