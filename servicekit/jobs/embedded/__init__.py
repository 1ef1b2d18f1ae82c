"""The job queue as a table beside the service's own rows."""
