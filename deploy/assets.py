"""Build the web assets: fetch GOV.UK Frontend, take its brand off, name files by content.

Promise: the result holds no GOV.UK brand, font or crest; it is put in place whole or not
at all; a second run does nothing; two runs at once do no harm. Run: python -m deploy.assets
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-assets"
LOCK = ROOT / "requirements" / "assets.txt"
PACKAGE = ROOT / "node_modules" / "govuk-frontend"
OWN = ROOT / "shared" / "web" / "static"
BUILD = OWN / "build"
FRESH = ROOT / "node_modules" / ".onward-new"
SOURCES = (LOCK, ROOT / "package.json", ROOT / "package-lock.json", Path(__file__))

BRAND = "#0b5e57"
FONTS = '"Helvetica Neue",Helvetica,Arial,sans-serif'
FORBIDDEN = ("@font-face", "GDS Transport", "crest", "crown", "url(", "#1d70b8")


class AssetsError(Exception):
    """The web assets could not be built."""


def main() -> int:
    """Build what is missing; return 0 when the assets are in place."""
    try:
        with _alone():
            if up_to_date():
                say("Web assets are up to date.")
                return 0
            build()
    except (AssetsError, OSError) as error:
        sys.stderr.write(f"Could not build the web assets: {error}\n")
        return 1
    return 0


def build() -> None:
    """Fetch, strip, fingerprint and put the assets in place."""
    fetch_node()
    fetch_frontend()
    say("Taking off the GOV.UK brand and fonts ...")
    files = own_files() | {
        "govuk-frontend.css": unbranded(_read("govuk-frontend.min.css")).encode(),
        "govuk-frontend.js": without_source_map(_read("govuk-frontend.min.js")).encode(),
    }
    put(files)
    say(f"Web assets are ready: {len(files)} files in {BUILD.relative_to(ROOT)}.")


def fetch_node() -> None:
    """Install Node, for this build alone, from the Python package index."""
    mark = VENV / "installed"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    say("Fetching Node for the build (about 60 MB, once) ...")
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        raise AssetsError("Python cannot make a venv; on Debian install python3-venv") from None
    pip = [str(VENV / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    run(
        [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)],
        "pip could not install Node from the package index",
    )
    mark.write_text(wanted)


def fetch_frontend() -> None:
    """Install GOV.UK Frontend as the lock file says, running none of its scripts."""
    mark = ROOT / "node_modules" / ".onward-installed"
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    say("Fetching GOV.UK Frontend ...")
    npm = [str(VENV / "bin" / "npm"), "ci", "--omit=dev", "--ignore-scripts"]
    run(
        [*npm, "--no-audit", "--no-fund", "--loglevel=error"],
        "npm could not install GOV.UK Frontend from the npm registry",
    )
    mark.write_text(wanted)


def run(command: list[str], trouble: str) -> None:
    """Run *command* in the project's folder; its last words explain a failure."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise AssetsError(f"{trouble}. It said: {' / '.join(words[-3:]) or 'nothing'}")


def unbranded(css: str) -> str:
    """Return GOV.UK Frontend's style sheet without its fonts, crest and brand colour."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,arial,sans-serif', FONTS, css)
    css = re.sub(r"[^{}]*__(?:copyright-logo|crown)[^{}]*\{[^{}]*\}", "", css)
    css = css.replace("#1d70b8", BRAND)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    left = [word for word in FORBIDDEN if word.lower() in css.lower()]
    if left:
        raise AssetsError(f"the style sheet still holds {', '.join(left)}")
    return css


def without_source_map(script: str) -> str:
    """Return the script without the pointer to a file that is not served."""
    return re.sub(r"//# sourceMappingURL=.*", "", script)


def own_files() -> dict[str, bytes]:
    """Return our own style sheets and icons by name."""
    return {file.name: file.read_bytes() for file in sorted(OWN.iterdir()) if file.is_file()}


def put(files: dict[str, bytes]) -> None:
    """Write *files* under fingerprinted names, and the manifest, in one step."""
    fresh = FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    names: dict[str, str] = {}
    for name in sorted(files):  # a script comes after those it imports, by its name
        content = with_imports(files[name], names)
        names[name] = fingerprinted(name, content)
        (fresh / names[name]).write_bytes(content)
    manifest = {"sources": sources_hash(), "files": names}
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    old = fresh.with_name(".onward-old")
    shutil.rmtree(old, ignore_errors=True)
    if BUILD.exists():
        BUILD.rename(old)
    fresh.rename(BUILD)
    shutil.rmtree(old, ignore_errors=True)


def with_imports(content: bytes, names: dict[str, str]) -> bytes:
    """Return *content* importing its neighbours by the names they are served under."""
    for plain, served in names.items():
        content = content.replace(f'"./{plain}"'.encode(), f'"./{served}"'.encode())
    return content


def fingerprinted(name: str, content: bytes) -> str:
    """Return *name* with a digest of *content* in it."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}{dot}{ending}"


def sources_hash() -> str:
    """Return one digest over everything the result depends on."""
    digest = hashlib.sha256()
    for file in (*SOURCES, *(OWN / name for name in own_files())):
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def up_to_date() -> bool:
    """Tell whether the assets in place were made from the present sources and are whole."""
    try:
        made = json.loads((BUILD / "manifest.json").read_text())
        names = made["files"].items()
        whole = all(fingerprinted(n, (BUILD / kept).read_bytes()) == kept for n, kept in names)
    except (OSError, ValueError, KeyError):
        return False
    return whole and made["sources"] == sources_hash()


@contextmanager
def _alone() -> Iterator[None]:
    """Let one build run at a time; the others wait and then find the work done."""
    OWN.mkdir(parents=True, exist_ok=True)
    lock = (
        Path(tempfile.gettempdir()) / f"onward-assets-{hashlib.sha256(bytes(OWN)).hexdigest()[:8]}"
    )
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _read(name: str) -> str:
    return (PACKAGE / "dist" / "govuk" / name).read_text(encoding="utf-8")


def say(line: str) -> None:
    """Tell the person at the terminal what is going on."""
    print(line, flush=True)


if __name__ == "__main__":
    words(__doc__)
    sys.exit(main())
