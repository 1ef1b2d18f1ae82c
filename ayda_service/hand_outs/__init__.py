"""Access tokens of members, handed out to the other service and written down."""
