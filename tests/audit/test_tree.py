from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.errors import FormatError, ProofError
from services.audit.domain.proofs import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
)
from services.audit.domain.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, split

LEAVES = [leaf_hash(bytes([n % 256, n // 256])) for n in range(700)]
SIZES = st.integers(min_value=1, max_value=len(LEAVES))


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def subtree(level: int, index: int) -> bytes:
    return naive(LEAVES[index << level : (index + 1) << level])


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root == EMPTY_ROOT == sha256(b"").digest()


def test_the_known_answers_of_the_certificate_transparency_tests_come_out() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    inputs.append("606162636465666768696a6b6c6d6e6f")
    frontier, _ = Frontier().extended([leaf_hash(bytes.fromhex(i)) for i in inputs])

    assert frontier.root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(SIZES, st.data())
def test_growing_in_batches_gives_the_same_root_as_counting_from_scratch(
    size: int, data: st.DataObject
) -> None:
    frontier = Frontier()
    while frontier.size < size:
        batch = data.draw(st.integers(1, size - frontier.size))
        frontier, _ = frontier.extended(LEAVES[frontier.size : frontier.size + batch])

    assert frontier.root == naive(LEAVES[:size])


@given(SIZES)
def test_every_perfect_subtree_is_reported_once_and_is_right(size: int) -> None:
    _, nodes = Frontier().extended(LEAVES[:size])

    assert len({(n.level, n.index) for n in nodes}) == len(nodes) == size - size.bit_count()
    assert all(n.hash == subtree(n.level, n.index) for n in nodes)


def test_a_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(FormatError):
        Frontier(3, (LEAVES[0],))


@given(SIZES, st.data())
def test_an_inclusion_proof_leads_to_the_root(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, subtree)

    check_inclusion(index, size, LEAVES[index], proof, naive(LEAVES[:size]))


@given(SIZES, st.data())
def test_an_inclusion_proof_fails_for_any_other_entry_hash_place_or_length(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(index, size, subtree), naive(LEAVES[:size])
    step = data.draw(st.integers(0, len(proof)))
    other = [*proof[:step], leaf_hash(b"other"), *proof[step + 1 :]]
    attempts = [
        (index, size, leaf_hash(b"other"), proof),
        (index, size, LEAVES[index], other),
        (index, size, LEAVES[index], [*proof, root]),
        (index, size, LEAVES[index], proof[:-1] if proof else [root]),
        (size, size, LEAVES[index], proof),
        (-1, size, LEAVES[index], proof),
        *[(i, size, LEAVES[index], proof) for i in range(min(size, 40)) if i != index],
    ]

    for attempt in attempts:
        with pytest.raises(ProofError):
            check_inclusion(*attempt, root)


@given(SIZES, st.data())
def test_a_consistency_proof_leads_from_the_old_root_to_the_new(
    size: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, subtree)

    check_consistency(old, size, naive(LEAVES[:old]), naive(LEAVES[:size]), proof)


@given(SIZES, st.data())
def test_a_consistency_proof_fails_for_a_rewritten_past(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, subtree)
    roots = naive(LEAVES[:old]), naive(LEAVES[:size])
    false = leaf_hash(b"other")
    attempts = [
        (false, roots[1], proof),
        (roots[0], false, proof),
        (*roots, [*proof, false]),
        *[(*roots, [*proof[:i], false, *proof[i + 1 :]]) for i in range(len(proof))],
        *([(*roots, proof[:-1])] if proof else []),
    ]

    for attempt in attempts:
        with pytest.raises(ProofError):
            check_consistency(old, size, *attempt)


def test_nothing_is_consistent_with_an_empty_or_a_larger_log() -> None:
    root = naive(LEAVES[:3])

    for old, new in [(0, 3), (4, 3), (0, 0)]:
        with pytest.raises(ProofError):
            check_consistency(old, new, EMPTY_ROOT, root, [])
        with pytest.raises(ProofError):
            consistency_proof(old, new, subtree)


def test_two_leaves_hash_into_their_parent() -> None:
    assert node_hash(LEAVES[0], LEAVES[1]) == naive(LEAVES[:2])


def test_a_tree_of_seventy_thousand_has_the_nodes_that_its_tiles_need() -> None:
    frontier, nodes = Frontier().extended([leaf_hash(n.to_bytes(4)) for n in range(70_000)])

    count = {level: sum(node.level == level for node in nodes) for level in (8, 16)}
    assert count == {8: 273, 16: 1}
    assert frontier.size == 70_000
    assert len(frontier.hashes) == (70_000).bit_count()
