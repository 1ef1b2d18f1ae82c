"""What members take along from their predictions: the card, files for watches and planners, the crew's sheet."""
