"""The state of ayda in figures, its alarms, and the administrator who is told of them."""
