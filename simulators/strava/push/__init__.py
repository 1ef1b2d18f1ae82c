"""Push subscriptions: the handshake, the events, and their delivery with everything that goes wrong on the way."""
