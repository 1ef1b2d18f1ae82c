"""The predictor's own Strava application, for those who run it without ayda: off unless its client id is configured.

Its tokens are another family than ayda's, so that no refresh token ever has two owners.
"""
