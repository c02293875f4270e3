"""What the benchmarks share: figures are picked right, and land where the page expects them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("report", ROOT / "benchmarks/report.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PAGE", tmp_path / "page.md")
    return module


def test_a_percentile_is_a_value_that_was_measured(report: ModuleType) -> None:
    assert report.percentile(range(100), 0.95) == 95
    assert report.percentile([3.0], 0.95) == 3.0
    assert report.percentile([2.0, 1.0], 1.0) == 2.0


def test_a_table_lands_between_its_marks_and_nothing_else_changes(report: ModuleType) -> None:
    marks = "<!-- {0}: made by benchmarks/{0}.py -->\nold\n<!-- end of {0} -->\n"
    report.PAGE.write_text(f"head\n{marks.format('one')}{marks.format('two')}tail\n")
    report.write("two", report.table(["", "ms"], [["a\\1", 3]]))
    written = report.PAGE.read_text()
    assert written.startswith(f"head\n{marks.format('one')}")
    assert written.endswith("|  | ms |\n| --- | ---: |\n| a\\1 | 3 |\n<!-- end of two -->\ntail\n")
    assert written.count("old") == 1


def test_a_page_without_the_marks_is_left_alone(report: ModuleType) -> None:
    report.PAGE.write_text("nothing")
    with pytest.raises(ValueError, match=r"made by benchmarks/one\.py"):
        report.write("one", "text")
    assert report.PAGE.read_text() == "nothing"


def test_every_part_of_the_page_names_the_program_that_makes_it() -> None:
    page = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    made = re.findall(r"<!-- (\w+): made by benchmarks/(\w+)\.py -->", page)
    assert {name for name, _ in made} >= {"notebook", "server", "start", "render"}
    for name, program in made:
        assert name == program
        assert (ROOT / f"benchmarks/{program}.py").is_file()
        assert f"<!-- end of {name} -->" in page
