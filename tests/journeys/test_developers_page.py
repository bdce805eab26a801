"""The page for developers keeps its word: the program on it sends a request."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys

from driving.running import RunningHub
from driving.visitor import Visitor


def test_the_program_on_the_page_sends_a_request_as_it_stands(running_hub: RunningHub) -> None:
    page = Visitor(running_hub.base_url).get("/docs").html
    program = re.search(r'<pre class="onward-code"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL)
    assert program

    ran = subprocess.run(
        [sys.executable, "-c", html.unescape(program[1])],
        cwd=running_hub.var.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    answer = json.loads(ran.stdout)
    assert answer["state"] == "submitted"
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", answer["reference"])
