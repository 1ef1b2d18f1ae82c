"""What the revisions of both services have in common."""
