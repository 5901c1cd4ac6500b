"""The charts of the benchmarks: every operation has its bar, on the right side, and the file is an SVG."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from benches import chart
from benches.measure import Measured

NAME = "{http://www.w3.org/2000/svg}"


def _measured() -> list[Measured]:
    def one(group: str, name: str, stock: float, unit: str = "ns", **others: float) -> Measured:
        best = {"stock": stock, "ours": 100.0, **others}
        ratios = {role: number / 100.0 for role, number in best.items()}
        return Measured(group, name, unit, frozenset(), best, ratios=ratios)

    return [
        one("abi", "int f(<int>)", 300.0, rebuilt=150.0),
        one("abi", "slow & odd", 50.0),
        one("costs", "import", 100.0, "ms"),
        one("costs", "memory of a thing", 900.0, "bytes"),
    ]


def _bars(text: str) -> list[tuple[str, float, float]]:
    """Class, left end and width of each bar."""
    rects = ET.fromstring(text).iter(f"{NAME}rect")
    found = [(r.get("class") or "", float(r.get("x") or 0), float(r.get("width") or 0)) for r in rects]
    return [bar for bar in found if bar[0] in ("faster", "slower")]


def test_each_timed_operation_has_a_bar() -> None:
    text = chart.svg(_measured(), "Title <of> it")
    fast, slow, even = _bars(text)
    assert (fast[0], slow[0], even[0]) == ("faster", "slower", "faster")
    assert fast[1] == even[1]  # the line at 1
    assert abs(fast[1] - slow[1] - slow[2]) < 0.2
    assert fast[2] > slow[2]
    labels = [element.text for element in ET.fromstring(text).iter(f"{NAME}text")]
    assert "int f(<int>)" in labels and "slow & odd" in labels and "memory of a thing" not in labels
    assert "3.00" in labels and "0.50" in labels and "Title <of> it" in labels


def test_the_mark_is_the_ratio_to_stock_from_source() -> None:
    text = chart.svg(_measured(), "t")
    (mark,) = (e for e in ET.fromstring(text).iter(f"{NAME}line") if e.get("class") == "source")
    fast = _bars(text)[0]
    assert fast[1] < float(mark.get("x1") or 0) < fast[1] + fast[2]


def test_the_summary_has_a_bar_for_each_group() -> None:
    text = chart.summary(_measured(), "t")
    assert len(_bars(text)) == 2
    labels = [element.text for element in ET.fromstring(text).iter(f"{NAME}text")]
    assert chart.LABELS["abi"] in labels
    assert f"{(3 * 0.5) ** 0.5:.2f}" in labels


def test_the_narrow_summary_fits_on_a_phone() -> None:
    text = chart.narrow(_measured(), chart.title("3.99.1", "2000-01-01"))
    assert float(ET.fromstring(text).get("width") or 0) <= 350
    assert [bar[0] for bar in _bars(text)] == [bar[0] for bar in _bars(chart.summary(_measured(), "t"))]
    lines = [element for element in ET.fromstring(text).iter(f"{NAME}text") if element.text]
    ends = [float(line.get("x") or 0) + 6.2 * len(line.text or "") for line in lines if line.get("class") != "title"]
    assert max(ends) < 360


def test_a_recorded_run_is_drawn_anew(tmp_path: Path) -> None:
    operations = [{**vars(one), "tags": []} for one in _measured()]
    record = tmp_path / "cpython-3.99.json"
    about = {"python": "3.99.1", "date": "2000-01-01"}
    record.write_text(json.dumps({"conditions": about, "operations": operations}))
    chart.redraw(record)
    heading = chart.title("3.99.1", "2000-01-01")
    assert record.with_suffix(".svg").read_text() == chart.svg(_measured(), heading)
    assert (tmp_path / "cpython-3.99-summary.svg").read_text() == chart.summary(_measured(), heading)
    assert (tmp_path / "cpython-3.99-narrow.svg").read_text() == chart.narrow(_measured(), heading)
