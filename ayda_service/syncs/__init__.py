"""How far the reading of a member's Strava is."""
