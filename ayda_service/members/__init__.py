"""People of the club."""
