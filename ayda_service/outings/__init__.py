"""What members did, as the predictor knows it."""
