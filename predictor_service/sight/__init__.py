"""The state of the predictor in figures, and its alarms."""
