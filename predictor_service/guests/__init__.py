"""Profiles of people who are not known: made of their files, given to them sealed, kept by nobody here."""
