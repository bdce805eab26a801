"""Demonstration partnerships as data, and what loads them."""
