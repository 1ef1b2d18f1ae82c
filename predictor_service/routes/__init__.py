"""Routes: courses someone wants a forecast for."""
