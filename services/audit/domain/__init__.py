"""The transparency log as pure functions: hashing, tree, proofs, notes, tiles, policy, leaf.

Standard library only, and no clock, no key, no database: whoever doubts the log can
read this folder alone and check the mathematics.
"""
