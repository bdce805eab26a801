"""Audit: the log that everyone can check and nobody can rewrite.

Flask and the database are imported only when an app or a store is made, so that the
verifier in this package runs with `cryptography` alone.
"""
