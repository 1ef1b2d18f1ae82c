"""Activities: what an athlete has done, reduced to features."""
