"""What ayda passes on of Strava's events, and the doubts that follow from it."""
