"""Inclusion and consistency proofs (RFC 6962 section 2.1, checked as in RFC 9162).

Making a proof asks a `Subtree` function for perfect subtrees; checking one needs
nothing but the proof, so that anybody can do it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.audit.domain.errors import ProofError
from services.audit.domain.tree import node_hash, split

Subtree = Callable[[int, int], bytes]


def range_hash(start: int, end: int, subtree: Subtree) -> bytes:
    """Hash the leaves from *start* up to *end*, out of perfect subtrees."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + split(width)
    return node_hash(range_hash(start, middle, subtree), range_hash(middle, end, subtree))


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Prove that the entry at *index* is in the tree of *size*."""
    if not 0 <= index < size:
        message = f"entry {index} is not in a tree of {size}"
        raise ProofError(message)
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_hash(middle, end, subtree))
            end = middle
        else:
            path.append(range_hash(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Prove that the tree of size *new* only adds to the tree of size *old*."""
    if not 0 < old <= new:
        message = f"no proof from a tree of {old} to one of {new}"
        raise ProofError(message)
    path, start, end = [], 0, new
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(range_hash(middle, end, subtree))
            end = middle
        else:
            path.append(range_hash(start, middle, subtree))
            start = middle
    if start:
        path.append(range_hash(start, end, subtree))
    return path[::-1]


def check_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise unless *proof* leads from *leaf* at *index* to *root*."""
    if not 0 <= index < size:
        message = f"entry {index} is not in a tree of {size}"
        raise ProofError(message)
    here, last, value = index, size - 1, leaf
    for step in proof:
        if last == 0:
            message = "the inclusion proof is too long"
            raise ProofError(message)
        if here & 1 or here == last:
            value = node_hash(step, value)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            value = node_hash(value, step)
        here, last = here >> 1, last >> 1
    if last != 0 or value != root:
        message = f"the proof of entry {index} does not lead to the root of size {size}"
        raise ProofError(message)


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise unless *proof* shows that the newer tree only adds to the older one."""
    if not 0 < old <= new:
        message = f"no consistency from a tree of {old} to one of {new}"
        raise ProofError(message)
    if old == new:
        if proof or old_root != new_root:
            message = f"two different trees of size {old}"
            raise ProofError(message)
        return
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps or _fold(old, new, steps) != (old_root, new_root):
        message = f"the tree of {new} does not contain the tree of {old} as it was"
        raise ProofError(message)


def _fold(old: int, new: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if here & 1 or here == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            after = node_hash(after, step)
        here, last = here >> 1, last >> 1
    return (before, after) if last == 0 else None
