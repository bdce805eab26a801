"""The verifier: recomputes a whole exported log and says whether it is intact.

Needs Python and `cryptography`, no database and no network. It believes nothing in the export
that it has not recomputed, and only the keys of the policy it is given.
"""
