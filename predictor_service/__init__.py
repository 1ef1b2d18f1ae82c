"""The predictor: reads what athletes have done and tells how long a route will take them."""
