"""The asset build: unbranded, whole, once, and clear when it fails."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from deploy import assets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Point the build at a folder of its own; what it fetches is fetched already."""
    fetched: list[str] = []
    own = tmp_path / "static"
    own.mkdir()
    (own / "app.js").write_text('import { initAll } from "./aaa.js";')
    (own / "aaa.js").write_text("export const initAll = 1;")
    monkeypatch.setattr(assets, "OWN", own)
    monkeypatch.setattr(assets, "BUILD", own / "build")
    monkeypatch.setattr(assets, "FRESH", tmp_path / "new")
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    monkeypatch.setattr(assets, "fetch_node", lambda: fetched.append("node"))
    monkeypatch.setattr(assets, "fetch_frontend", lambda: fetched.append("frontend"))
    monkeypatch.setattr(assets, "_read", lambda name: f"/* {name} */a{{color:#1d70b8}}")
    return fetched


def test_fonts_crest_and_brand_colour_are_taken_off() -> None:
    css = (
        '@font-face{font-family:"GDS Transport";src:url(/x.woff2)}'
        "a{font-family:GDS Transport,arial,sans-serif;color:#1d70b8}"
        ".govuk-footer__copyright-logo:before{background-image:url(/assets/govuk-crest.svg)}"
    )

    assert assets.unbranded(css) == (
        'a{font-family:"Helvetica Neue",Helvetica,Arial,sans-serif;color:#0b5e57}'
    )


@pytest.mark.parametrize(
    "left", ["b{background:url(/x.svg)}", ".govuk-crown{}", "c{src:'GDS Transport'}"]
)
def test_a_brand_that_cannot_be_taken_off_stops_the_build(left: str) -> None:
    with pytest.raises(assets.AssetsError, match="still holds"):
        assets.unbranded(left)


def test_scripts_import_each_other_by_served_names(built: list[str]) -> None:
    assert assets.main() == 0

    files = json.loads((assets.BUILD / "manifest.json").read_text())["files"]
    assert files["aaa.js"] in (assets.BUILD / files["app.js"]).read_text()


def test_a_second_run_does_nothing(built: list[str]) -> None:
    assets.main()
    assets.main()

    assert built == ["node", "frontend"]


def test_a_changed_source_is_built_anew(built: list[str]) -> None:
    assets.main()
    (assets.OWN / "app.js").write_text("1")
    assets.main()

    files = json.loads((assets.BUILD / "manifest.json").read_text())["files"]
    assert (assets.BUILD / files["app.js"]).read_text() == "1"


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_result_is_built_anew(built: list[str], damage: str) -> None:
    assets.main()
    victim = next(assets.BUILD.glob("app-*.js"))
    whole = victim.read_text()
    if damage == "cut":
        victim.write_text(whole[:5])
    else:
        victim.unlink()

    assets.main()

    assert victim.read_text() == whole


def test_of_several_builds_at_once_one_works_and_the_others_wait(built: list[str]) -> None:
    together = [threading.Thread(target=assets.main) for _ in range(4)]
    for build in together:
        build.start()
    for build in together:
        build.join()

    assert built == ["node", "frontend"]
    assert assets.up_to_date()


def test_a_failure_is_one_clear_sentence(
    built: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sh", "-c", "echo 'network is unreachable' >&2; exit 1"]
    monkeypatch.setattr(assets, "fetch_frontend", lambda: assets.run(command, "npm failed"))

    assert assets.main() == 1

    assert capsys.readouterr().err == (
        "Could not build the web assets: npm failed. It said: network is unreachable\n"
    )
    assert not assets.BUILD.exists()
