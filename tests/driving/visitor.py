"""A visitor without JavaScript: follows links and redirects, keeps cookies, fills in forms."""

from __future__ import annotations

import http.client
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie


@dataclass
class Form:
    """One form of a page, as a browser would send it."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._textarea: str | None = None
        self._typed = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form":
            method = (have.get("method") or "get").lower()
            self.forms.append(Form(have.get("action") or "", method))
        elif self.forms and (name := have.get("name")):
            self._field(tag, name, have)

    def _field(self, tag: str, name: str, have: dict[str, str | None]) -> None:
        form, kind, value = self.forms[-1], have.get("type") or "text", have.get("value") or ""
        if tag == "textarea":
            self._textarea, self._typed = name, ""
            form.texts.append(name)
        elif tag == "button":
            form.choices.setdefault(f"button:{name}", []).append(value)
        elif tag == "input" and kind in {"checkbox", "radio"}:
            form.choices.setdefault(name, []).append(value)
            if "checked" in have:
                form.values.append((name, value))
        elif tag == "input" and kind != "submit":
            form.values.append((name, value))
            if kind != "hidden":
                form.texts.append(name)

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._typed += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            self.forms[-1].values.append((self._textarea, self._typed.removeprefix("\n")))
            self._textarea = None


class Visitor:
    """Somebody with a browser that runs no scripts."""

    def __init__(self, base_url: str) -> None:
        self._address = urllib.parse.urlsplit(base_url).netloc
        self._base = base_url
        self.cookies: dict[str, str] = {}
        self.path = "/"
        self.status = 0
        self.html = ""

    def get(self, path: str) -> Visitor:
        """Open *path* and follow where it leads."""
        return self._go("GET", path, None)

    def forms(self) -> list[Form]:
        """Return the forms of the page that is open."""
        parser = _Forms()
        parser.feed(self.html)
        for form in parser.forms:
            form.action = form.action or self.path
        return parser.forms

    def form(self, action: str = "") -> Form:
        """Return the form of the page whose action ends with *action*; by default the post form."""
        posts = [
            f
            for f in self.forms()
            if f.method == "post" and f.action.split("?")[0].endswith(action)
        ]
        assert posts, f"no form to send at {self.path}:\n{self.html[:2000]}"
        return posts[-1] if not action else posts[0]

    def submit(self, form: Form, values: dict[str, str | list[str]] | None = None) -> Visitor:
        """Send *form* with *values* in place of what stood there, and follow the answer."""
        given = values or {}
        kept = [(name, value) for name, value in form.values if name not in given]
        for name, value in given.items():
            kept += [(name, one) for one in (value if isinstance(value, list) else [value])]
        target = urllib.parse.urljoin(self._base + self.path, form.action or self.path)
        return self._go("POST", target.removeprefix(self._base), urllib.parse.urlencode(kept))

    def _go(self, method: str, path: str, body: str | None) -> Visitor:
        for _ in range(12):
            status, location = self._once(method, path, body)
            if status not in {301, 302, 303, 307}:
                return self
            target = urllib.parse.urljoin(self._base + path, location)
            assert target.startswith(self._base), f"led away to {target}"
            method, path, body = "GET", target.removeprefix(self._base), None
        raise AssertionError(f"{path} leads in circles")

    def _once(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": self._base,
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self.path, self.status = path, answer.status
        self.html = answer.read().decode(errors="replace")
        for line in answer.headers.get_all("Set-Cookie") or ():
            self._keep(line)
        connection.close()
        return answer.status, answer.headers.get("Location", "")

    def _keep(self, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            if morsel.value and morsel["max-age"] != "0":
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)
