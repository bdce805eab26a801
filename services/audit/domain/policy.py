"""Whom a verifier believes: log keys, witnesses and their quorum (c2sp.org/tlog-policy)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.audit.domain.errors import FormatError
from services.audit.domain.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey
from services.audit.domain.strict import decimal

if TYPE_CHECKING:
    from collections.abc import Collection

NONE = "none"


@dataclass(frozen=True, slots=True)
class Group:
    """Names of witnesses or groups, and how many of them must agree."""

    threshold: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    """The keys to trust, and how many witnesses must have seen a checkpoint."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = ""

    def satisfied(self, names: Collection[str]) -> bool:
        """Say whether these witnesses are enough."""
        return self.quorum == NONE or self._agrees(self.quorum, names)

    def _agrees(self, name: str, names: Collection[str]) -> bool:
        if name in self.witnesses:
            return name in names
        group = self.groups[name]
        return sum(self._agrees(member, names) for member in group.members) >= group.threshold

    def defines(self, name: str) -> bool:
        """Say whether *name* stands for a witness or group of this policy."""
        return name in self.witnesses or name in self.groups


def parse_policy(text: str) -> Policy:
    """Read a policy file; every line must make sense, and one must set the quorum."""
    policy = Policy()
    for number, raw in enumerate(text.split("\n"), start=1):
        words = raw.split("#", 1)[0].split()
        try:
            if words:
                _READERS[words[0]](policy, words[1:])
        except (FormatError, KeyError, IndexError, ValueError) as error:
            message = f"line {number} of the policy: {error}"
            raise FormatError(message) from error
    if not policy.logs or not policy.quorum:
        message = "a policy needs a log line and a quorum line"
        raise FormatError(message)
    return policy


def _log(policy: Policy, words: list[str]) -> None:
    key = parse_vkey(words[0])
    if key.algorithm != ED25519:
        message = "a log signs with plain Ed25519"
        raise FormatError(message)
    policy.logs.append(key)


def _witness(policy: Policy, words: list[str]) -> None:
    name, key = words[0], parse_vkey(words[1])
    if policy.defines(name) or name == NONE or key.algorithm != COSIGNATURE:
        message = f"{name} cannot be a witness"
        raise FormatError(message)
    policy.witnesses[name] = key


def _group(policy: Policy, words: list[str]) -> None:
    name, how, *members = words
    unknown = [member for member in members if not policy.defines(member)]
    needed = {"all": len(members), "any": 1}.get(how) or decimal(how)
    if unknown or policy.defines(name) or name == NONE or not 1 <= needed <= len(members):
        message = f"group {name} cannot be met"
        raise FormatError(message)
    policy.groups[name] = Group(needed, tuple(members))


def _quorum(policy: Policy, words: list[str]) -> None:
    (name,) = words
    if policy.quorum or (name != NONE and not policy.defines(name)):
        message = f"quorum {name} is not defined, or set twice"
        raise FormatError(message)
    policy.quorum = name


_READERS = {"log": _log, "witness": _witness, "group": _group, "quorum": _quorum}
