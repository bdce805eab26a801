"""The walls: no service imports another, shared imports no service, domain imports nothing."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SERVICES = ("audit", "identity", "intake", "matching", "notify")


def imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            stem = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            found.add(".".join(part for part in (stem, node.module or "") if part))
    return found


def of(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def test_there_is_code_to_look_at() -> None:
    assert len(of("shared", "services")) > 50


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_imports_another(service: str) -> None:
    others = tuple(f"services.{other}" for other in SERVICES if other != service)

    guilty = [
        (str(file.relative_to(ROOT)), name)
        for file in of(f"services/{service}")
        for name in imports(file)
        if name.startswith((*others, "deploy", "tests"))
    ]

    assert guilty == []


def test_shared_imports_no_service() -> None:
    guilty = [
        (str(file.relative_to(ROOT)), name)
        for file in of("shared")
        for name in imports(file)
        if name.split(".")[0] in {"services", "deploy", "tests"}
    ]

    assert guilty == []


@pytest.mark.parametrize("service", SERVICES)
def test_domain_imports_only_the_standard_library(service: str) -> None:
    folder = ROOT / "services" / service
    files = [folder / "domain.py"] if (folder / "domain.py").exists() else []
    files += sorted((folder / "domain").rglob("*.py")) if (folder / "domain").is_dir() else []
    assert files, f"{service} has no domain"
    own = f"services.{service}.domain"

    guilty = [
        (str(file.relative_to(ROOT)), name)
        for file in files
        for name in imports(file)
        if not name.startswith(own) and name.split(".")[0] not in sys.stdlib_module_names
    ]

    assert guilty == []
