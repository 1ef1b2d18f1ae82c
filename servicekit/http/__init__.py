"""Asking other services; the only home of the HTTP library."""
