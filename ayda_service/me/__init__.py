"""What a member may demand about their own data: end the connection, have everything erased."""
