"""What was measured, and whether each figure is what was promised."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

HEAD = ("| what | measured | promised | |", "|---|---|---|---|")


@dataclass(frozen=True)
class Figure:
    """One line: kept is None where nothing was promised."""

    what: str
    measured: str
    promised: str = ""
    kept: bool | None = None

    @property
    def mark(self) -> str:
        return {True: "kept", False: "MISSED", None: ""}[self.kept]


@dataclass
class Table:
    """Figures in the order they were taken, each printed at once."""

    figures: list[Figure] = field(default_factory=list)

    def head(self, title: str) -> None:
        """Begin a part of the table."""
        self.figures.append(Figure(title, "", ""))
        print(f"\n{title}", flush=True)

    def add(
        self, what: str, measured: str, promised: str = "", *, kept: bool | None = None
    ) -> None:
        """Print one figure and remember it."""
        figure = Figure(what, measured, promised, kept)
        self.figures.append(figure)
        print(f"{what:<58} {measured:>30}  {promised:<26} {figure.mark}", flush=True)

    @property
    def missed(self) -> list[str]:
        """Return what was promised and not kept."""
        return [figure.what.strip() for figure in self.figures if figure.kept is False]

    def write(self, file: Path, machine: str) -> None:
        """Write the table as a page of the documentation."""
        lines = [
            "# What was measured",
            "",
            f"Written by `make bench` on {machine}. Each figure stands beside its floor of the",
            "same run. Machines differ: elsewhere only ratios and promises mean anything.",
        ]
        for figure in self.figures:
            if not figure.measured:
                lines += [
                    "",
                    f"## {figure.what}",
                    "",
                    "| what | measured | promised | |",
                    "|---|---|---|---|",
                ]
                continue
            lines.append(
                f"| {figure.what.strip()} | {figure.measured} | {figure.promised} | {figure.mark} |"
            )
        file.write_text("\n".join(lines) + "\n")
