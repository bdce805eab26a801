"""A broker that is not ours: users are made through its management API, with the same rights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker import ADMIN, Broker, answers
from deploy.private import free_ports
from deploy.served import SERVICES
from deploy.served.broker_users import ManagementError, administrator_of, declare_users
from driving.running import free_port
from shared.errors import InvalidError


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The administrator's URL of a broker that knows no service yet."""
    broker = Broker(tmp_path_factory.mktemp("elsewhere"), [])
    (port,) = free_ports(1)
    (broker.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    with (broker.folder / "rabbitmq.conf").open("a") as configuration:
        configuration.write(f"management.tcp.port = {port}\nmanagement.tcp.ip = 127.0.0.1\n")
    with broker:
        yield f"{broker.url(ADMIN)}?management=http://127.0.0.1:{port}"


def test_each_service_is_let_in_and_again_with_the_same_password(
    elsewhere: str, tmp_path: Path
) -> None:
    urls = declare_users(elsewhere, tmp_path)

    assert declare_users(elsewhere, tmp_path) == urls
    assert set(urls) == set(SERVICES)
    assert all(map(answers, urls.values()))
    assert answers(administrator_of(elsewhere))


def test_an_administrator_who_is_refused_is_told_without_the_password(
    elsewhere: str, tmp_path: Path
) -> None:
    wrong = elsewhere.replace(f"{ADMIN}:", f"{ADMIN}:not-")

    with pytest.raises(ManagementError, match="answered 401") as told:
        declare_users(wrong, tmp_path)

    assert "not-" not in str(told.value)


def test_a_broker_without_the_plugin_is_told_what_to_enable(tmp_path: Path) -> None:
    nobody = f"amqp://a:b@127.0.0.1/?management=http://127.0.0.1:{free_port()}"

    with pytest.raises(ManagementError, match="rabbitmq-plugins enable rabbitmq_management"):
        declare_users(nobody, tmp_path)


@pytest.mark.parametrize("wrong", ["nonsense", "http://a:b@host/", "amqp://host/"])
def test_what_is_no_url_of_a_broker_is_refused(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="ONWARD_AMQP_URL must be a URL"):
        declare_users(wrong, tmp_path)
