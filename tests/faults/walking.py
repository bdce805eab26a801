"""Walking through every page that links lead to, as a stranger, a person asking, and staff."""

from __future__ import annotations

import http.client
import re
import time
import urllib.parse
from typing import Any

import pyotp

from driving.asking import answers, walks
from driving.running import RunningHub
from driving.visitor import Form, Visitor

LINK = re.compile(r'<a [^>]*href="(/[^"#]*)"')
NOT_PAGES = ("/exit", "/static", "/demo/mail/", "/audit/log/")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


def shape(path: str) -> str:
    """Return *path* without what differs from one record to the next."""
    return ID.sub("*", urllib.parse.urlsplit(path).path)


def someone_asking(hub: RunningHub) -> Visitor:
    """Answer all the questions of /ask up to the last page, where it is sent."""
    visitor = walks(Visitor(hub.base_url), answers())
    form = visitor.form()
    return visitor.submit(form, {"share": form.choices["share"]})


def someone_who_asked(hub: RunningHub) -> Visitor:
    """Send a request and open the page where it can be followed."""
    visitor = someone_asking(hub)
    visitor.submit(visitor.form())
    reference, code = re.findall(r"<dd[^>]*>\s*([^<\s][^<]*?)\s*</dd>", visitor.html)[:2]
    visitor.get("/my/sign-in")
    return visitor.submit(visitor.form("/my/sign-in"), {"reference": reference, "code": code})


def staff(hub: RunningHub, member: dict[str, Any], path: str) -> Visitor:
    """Sign *member* in, with password and code, on the way to *path*."""
    visitor = Visitor(hub.base_url).get(path)
    visitor.submit(
        visitor.form("/sign-in"), {"email": member["email"], "password": member["password"]}
    )
    code = pyotp.TOTP(member["totp_secret"]).at(int(time.time()))
    return visitor.submit(visitor.form("/sign-in/code"), {"code": code})


def forms_reached(visitor: Visitor, start: str) -> dict[str, tuple[str, Form]]:
    """Return every form that posts, by the shape of its address: (page it stands on, form)."""
    found: dict[str, tuple[str, Form]] = {}
    waiting, seen = [start], {shape(start)}
    while waiting:
        page = waiting.pop(0)
        visitor.get(page)
        for form in visitor.forms():
            if form.method == "post":
                target = urllib.parse.urljoin(visitor.path, form.action)
                found.setdefault(shape(target), (visitor.path, form))
        for link in LINK.findall(visitor.html):
            if not link.startswith(NOT_PAGES) and shape(link) not in seen:
                seen.add(shape(link))
                waiting.append(link.replace("&amp;", "&"))
    return found


def sends(
    visitor: Visitor, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded"
) -> tuple[int, str]:
    """POST *body* with the visitor's cookies; return status and page, following nothing."""
    connection = http.client.HTTPConnection(visitor._address, timeout=30)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {"Cookie": cookies, "Origin": visitor._base, "Content-Type": kind}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace")
