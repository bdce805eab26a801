"""Notices: what people are told before they agree. A published version never changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.intake.errors import NoNoticeError, NoticeChangedError
from services.intake.storage import tables as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.intake.storage import IntakeTransaction

LAST_RESORT = "en"


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told before they agree; a version never changes."""

    id: str
    language: str
    sha256: str
    text: str
    current: bool


def notices(tx: IntakeTransaction) -> tuple[Notice, ...]:
    """Return every notice version, newest first; current is the newest of its language."""
    seen: set[str] = set()
    found = []
    for row in tx.notices():
        current = row.language not in seen
        found.append(Notice(row.id, row.language, row.sha256, row.text, current))
        seen.add(row.language)
    return tuple(found)


def current_notice(language: str, tx: IntakeTransaction) -> Notice:
    """Return the newest notice in *language*, or in English if there is none."""
    current = {notice.language: notice for notice in notices(tx) if notice.current}
    notice = current.get(language) or current.get(LAST_RESORT)
    if notice is None:
        raise NoNoticeError("no notice has been published yet")
    return notice


def publish_notice(data: Mapping[str, Any], tx: IntakeTransaction) -> None:
    """Publish a notice version: id, language, text; the same again changes nothing."""
    notice, sha256 = t.notice_version, hashlib.sha256(data["text"].encode()).hexdigest()
    same = (notice.c.id == data["id"]) & (notice.c.language == data["language"])
    known = tx.one(select(notice.c.sha256).where(same))
    if known is None:
        facts = {name: data[name] for name in ("id", "language", "text")}
        tx.insert(notice, **facts, sha256=sha256, published_at=_published_at(data, tx))
    elif known.sha256 != sha256:
        raise NoticeChangedError(f"notice {data['id']} was published with another text")


def _published_at(data: Mapping[str, Any], tx: IntakeTransaction) -> datetime:
    told = data.get("published_at")
    return datetime.fromisoformat(told) if told else tx.now
