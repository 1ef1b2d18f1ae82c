"""The demo: everything Ayda is, on one machine, with a simulated Strava."""
