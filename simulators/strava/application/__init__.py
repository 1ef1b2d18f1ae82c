"""What Strava knows of the one application: who authorised it, its limits, its uploads, its requests, its trouble."""
