"""Who is there, what was said, and the files that were sent."""
