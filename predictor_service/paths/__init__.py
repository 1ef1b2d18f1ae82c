"""The paths that an athlete has asked to have remembered, for their own forecasts and nobody else's."""
