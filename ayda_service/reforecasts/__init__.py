"""On the day: what passing times say of the rest, for anyone who has an answer."""
