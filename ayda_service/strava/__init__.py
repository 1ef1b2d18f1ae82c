"""Strava connections and the tokens behind them."""
