"""Ayda's pure domain: routes, pace, forecasts, levels, Strava's protocol and the wire types. No I/O, no clock."""
