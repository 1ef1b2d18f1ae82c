"""Activities of members, as files."""
