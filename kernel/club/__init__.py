"""What a club makes of its members' profiles."""
