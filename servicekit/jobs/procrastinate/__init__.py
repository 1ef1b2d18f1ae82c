"""The job queue on procrastinate, for PostgreSQL."""
