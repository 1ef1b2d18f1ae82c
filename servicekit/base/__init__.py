"""What every process needs first: settings, secrets, logs, metrics, a request's id, the clock."""
