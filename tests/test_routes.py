"""Every route of every service declares who may call it, and is refused to everyone else."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule as Route

from deploy.hub import SERVICES, Hub
from shared.settings import Settings
from shared.web.access import Rule, _rule_for, unguarded

WITHOUT_BODY = {"GET", "HEAD", "DELETE"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    hub = Hub(Settings(var=tmp_path_factory.mktemp("var"), demo="referral-guide"))
    for app in hub.apps.values():
        app.config["WTF_CSRF_ENABLED"] = False  # else that alone would refuse every form
    return hub


def routes(app: Flask, kind: str) -> list[tuple[str, str, Rule]]:
    found = []
    for route in app.url_map.iter_rules():
        for method in sorted(set(route.methods or ()) - {"OPTIONS", "HEAD"}):
            rule = _rule_for(app, route.endpoint, method)
            assert rule is not None
            if rule.kind == kind:
                found.append((method, _path(route), rule))
    return found


def _path(route: Route) -> str:
    """Fill in the blanks of *route* with ids that nobody has."""
    values: dict[str, Any] = {}
    for name, converter in route._converters.items():
        kind = type(converter).__name__
        values[name] = 1 if kind == "IntegerConverter" else uuid.uuid4()
        if kind == "AnyConverter":
            values[name] = min(converter.items)
        if kind in {"UnicodeConverter", "PathConverter"}:
            values[name] = "nobody"
    built = route.build(values, append_unknown=False)
    assert built is not None
    return built[1]


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_declares_who_may_call_it(hub: Hub, service: str) -> None:
    assert unguarded(hub.apps[service]) == []
    assert len(list(hub.apps[service].url_map.iter_rules())) > 3


@pytest.mark.parametrize("service", SERVICES)
def test_without_a_token_no_route_for_clients_answers(hub: Hub, service: str) -> None:
    for method, path, _ in routes(hub.apps[service], "client"):
        answer = (
            hub.apps[service]
            .test_client()
            .open(path, method=method, base_url=hub.settings.base_url)
        )
        assert answer.status_code == 401, f"{method} {path}"
        assert "WWW-Authenticate" in answer.headers, f"{method} {path}"


@pytest.mark.parametrize("service", SERVICES)
def test_without_signing_in_no_page_for_staff_is_shown(hub: Hub, service: str) -> None:
    for method, path, _ in routes(hub.apps[service], "staff"):
        answer = (
            hub.apps[service]
            .test_client()
            .open(path, method=method, base_url=hub.settings.base_url)
        )
        refused = answer.status_code in {401, 403}
        start = ("/sign-in", f"/{service}/session/start")
        to_sign_in = answer.status_code == 303 and answer.location.startswith(start)
        assert refused or to_sign_in, f"{method} {path} answered {answer.status_code}"


@pytest.mark.parametrize("service", SERVICES)
def test_without_their_code_nobody_sees_a_persons_page(hub: Hub, service: str) -> None:
    for method, path, _ in routes(hub.apps[service], "person"):
        answer = (
            hub.apps[service]
            .test_client()
            .open(path, method=method, base_url=hub.settings.base_url)
        )
        to_the_door = answer.status_code == 303 and answer.location == "/my/sign-in"
        assert to_the_door, f"{method} {path} {answer.status_code} {answer.location}"


def test_every_data_folder_is_its_own(hub: Hub) -> None:
    files = [hub.settings.database(name) for name in hub.stores]

    assert len(set(files)) == len(SERVICES)
    assert all(isinstance(file, Path) and file.exists() for file in files)
