"""The simulator over HTTP: Strava's paths, and the admin pages under /_sim."""
