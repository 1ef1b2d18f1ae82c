"""The operations page of a service: one look for both, made on the server, for whoever has the operator's key."""
