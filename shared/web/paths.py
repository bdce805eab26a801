"""Which service answers which path, and which paths speak JSON.

The one table behind the embedded dispatcher; the longest matching prefix wins.
"""

from __future__ import annotations

import re

OWNERS: dict[str, str] = {
    "/": "intake",
    "/api/v1/requests": "intake",
    "/api/v1/notices": "intake",
    "/api/v1/consents": "intake",
    "/intake": "intake",
    "/guide": "matching",
    "/agency": "matching",
    "/reports": "matching",
    "/open-referral": "matching",
    "/api/v1/services": "matching",
    "/api/v1/eligibility-checks": "matching",
    "/api/v1/referrals": "matching",
    "/matching": "matching",
    "/deliveries": "notify",
    "/demo": "notify",
    "/api/v1/webhooks": "notify",
    "/api/v1/notifications": "notify",
    "/notify": "notify",
    "/governance": "audit",
    "/audit": "audit",
    "/api/v1/audit": "audit",
    "/sign-in": "identity",
    "/sign-out": "identity",
    "/account": "identity",
    "/oauth": "identity",
    "/.well-known": "identity",
    "/identity": "identity",
}

API_PREFIXES = ("/api", "/oauth", "/.well-known", "/audit/log", "/open-referral")
HEALTH_ENDINGS = ("/healthz", "/readyz", "/metrics")
_HEALTH = re.compile(rf"(?:/[a-z]+)?(?:{'|'.join(HEALTH_ENDINGS)})")
"""Of the whole or of one service; no deeper, for there somebody may have chosen the last word."""


def owner(path: str) -> str:
    """Return the service that answers *path*: the longest prefix of whole segments."""
    prefix = path.rstrip("/")
    while prefix:
        if prefix in OWNERS:
            return OWNERS[prefix]
        prefix = prefix.rpartition("/")[0]
    return OWNERS["/"]


def is_api(path: str) -> bool:
    """Tell whether *path* is read by programs, which get problem+json."""
    of_health = path.endswith(HEALTH_ENDINGS) and _HEALTH.fullmatch(path) is not None
    return of_health or any(
        path == prefix or path.startswith(f"{prefix}/") for prefix in API_PREFIXES
    )
