"""What every simulator stands on: its clock, its calls to others, its rounds, its switches, and broken connections."""
