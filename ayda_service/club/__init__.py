"""Members who want to be found by each other: partners for a course, and pace groups."""
