"""Traces for whoever collects them by OpenTelemetry's protocol: off unless a collector is named, an extra if it is."""
