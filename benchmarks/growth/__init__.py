"""What the predictor's answers cost when a thousand people have a thousand activities each."""
