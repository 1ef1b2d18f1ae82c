"""Members' histories, in archives: handed on to the predictor, and followed until they are read."""
