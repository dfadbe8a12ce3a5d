"""The chart of README.md as SVG: entries a second of W1, and what is wrong in the ledger after W3. Pure.

Drawn by hand: bars and words, legible on a light and on a dark page.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.bench.figures import OURS, ranked

WIDTH = 860
NAMES_WIDTH = 290
BAR_HEIGHT = 18
ROW_HEIGHT = 28
TOP = 44
PANEL_WIDTH = 200
SECOND_PANEL = NAMES_WIDTH + PANEL_WIDTH + 80

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.ours { fill: #1a7f37; } .peer { fill: #8c959f; } .wrong { fill: #cf222e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .ours { fill: #3fb950; } .peer { fill: #6e7681; } .wrong { fill: #f85149; }
}
"""


def chart(document: Mapping[str, Any]) -> str:
    """Give the chart of a run of the bench."""
    engines = ranked(document)
    height = TOP + ROW_HEIGHT * len(engines) + 12
    rates = [_figure(engine, "W1", "entries_per_second") for engine in engines]
    wrong = [_wrong(engine) for engine in engines]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Entries a second, and what is wrong in the ledger after faults, for each engine</title>",
        f"<style>{STYLE}</style>",
        _word(NAMES_WIDTH, 20, "entries a second (W1)", "title"),
        _word(SECOND_PANEL, 20, "wrong entries per 1,000 after faults (W3)", "title"),
    ]
    for row, engine in enumerate(engines):
        y = TOP + ROW_HEIGHT * row
        is_ours = engine["key"].startswith(OURS)
        parts.append(_word(NAMES_WIDTH - 10, y + 14, engine["name"].replace("`", ""), anchor="end"))
        parts.append(_bar(NAMES_WIDTH, y, rates[row], "ours" if is_ours else "peer", scale=_scale(rates)))
        parts.append(_bar(SECOND_PANEL, y, wrong[row], "wrong", scale=_scale(wrong)))
    return "\n".join((*parts, "</svg>")) + "\n"


def _wrong(engine: Mapping[str, Any]) -> float:
    """Give second effects on both sinks and missing entries, per 1,000 entries of both."""
    runs = [run for key in ("W3", "W3c") if "failed" not in (run := engine["runs"].get(key, {"failed": ""}))]
    entries: Sequence[int] = [run["entries"] for run in runs]
    faults = sum(run["second_effects"] + run["missing"] for run in runs)
    return 1000 * faults / sum(entries) if entries else 0.0


def _figure(engine: Mapping[str, Any], workload: str, name: str) -> float:
    return float(engine["runs"].get(workload, {}).get(name, 0.0))


def _scale(values: Sequence[float]) -> float:
    """Give how long a bar is for each unit, so that the longest fills its panel."""
    return PANEL_WIDTH / (max(values) or 1.0)


def _bar(x: float, y: float, value: float, kind: str, *, scale: float) -> str:
    length = scale * value
    drawn = f'<rect class="{kind}" x="{x}" y="{y}" width="{length:.1f}" height="{BAR_HEIGHT}" rx="2"/>'
    return drawn + _word(x + length + 6, y + 14, f"{value:,.0f}")


def _word(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
