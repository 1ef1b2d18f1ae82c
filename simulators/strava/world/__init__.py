"""What there is: athletes, and the activities they have recorded or typed in, drawn from a seed or read from files."""
