"""Fakes and drivers that tests of every service share."""
