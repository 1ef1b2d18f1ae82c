"""Routes and predictions for members, through the predictor."""
