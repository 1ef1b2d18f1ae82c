"""Activities as their athlete sees them: which of them count."""
