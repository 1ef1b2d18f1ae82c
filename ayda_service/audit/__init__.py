"""Who was given which access token: a chain that shows every later edit."""
