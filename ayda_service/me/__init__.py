"""What a member may demand about their own data: end the connection, see everything, have everything erased."""
