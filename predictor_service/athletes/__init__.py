"""Athletes: who they are to Telegram, to Strava and to us."""
