"""Show the first notebook: in JupyterLab, or run here and printed.

Its one law: what `--headless` prints and saves is what the kernel answered; an error in a
cell ends it with exit code 1.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
FIRST = ROOT / "notebooks" / "01_hello.ipynb"
CELL_SECONDS = 120

# A kernel-less page cannot draw a widget: the transcript beside it is what shows.
LIVE_ONLY = "application/vnd.jupyter.widget-view+json"
IN_KERNEL = re.compile(r"/[^\s\"]*/ipykernel_\d+/")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def main() -> int:
    """Read the command line, run or open, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--headless", action="store_true", help="run here, print, save as HTML")
    parser.add_argument("--save", action="store_true", help="keep the answers in the notebook")
    parser.add_argument("notebooks", nargs="*", type=Path, default=[FIRST])
    args = parser.parse_args()
    # Kernels of this environment come before any of the same name in the user's folders.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    if args.headless:
        shown = [show(notebook, keep=args.save) for notebook in args.notebooks]
        return 0 if all(shown) else 1
    return open_lab(args.notebooks[0])


def open_lab(notebook: Path) -> NoReturn:
    """Become JupyterLab with `notebook` open."""
    options = [
        f"--ServerApp.root_dir={notebook.parent}",
        # In the address, so that it is also there where no browser opens by itself.
        f"--LabApp.default_url=/lab/tree/{notebook.name}",
        *(["--allow-root"] if is_root() else []),
    ]
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *options])


def is_root() -> bool:
    """Say whether this is the superuser, for whom Jupyter wants a flag (never on Windows)."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def show(path: Path, *, keep: bool = False) -> bool:
    """Run one notebook, print it, save it under build/, and say whether all cells passed.

    Args:
        path: the notebook.
        keep: write the answers into it, too: what a reader without a kernel sees.
    """
    notebook = nbformat.read(path, as_version=4)
    error = execute(notebook, path.parent)
    for line in printed(notebook):
        print(line)
    page = save_html(notebook, path.stem)
    if keep and not error:
        path.write_text(without_places(nbformat.writes(without_chance(notebook))), encoding="utf-8")
    if error:
        print(f"{path.name}: a cell failed, {error}; see {page}", file=sys.stderr)
    else:
        print(f"{path.name}: every cell ran; saved as {page}")
    return not error


def execute(notebook: nbformat.NotebookNode, folder: Path) -> str:
    """Run the cells in place; return the error's last line, or nothing."""
    # What the demo says is no part of the user's own conversations.
    os.environ["XDG_STATE_HOME"] = str(BUILD / "state")
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(folder)}},
        # The page shows transcripts; live widgets would be fetched from a CDN.
        store_widget_state=False,
        # Its warning about unencrypted TCP is no news on this machine's loopback.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return f"{error.ename}: {error.evalue}"
    return ""


def printed(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield what a person would read: each code cell, then what it answered."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source:
            yield ""
            yield from (f"▏ {line}" for line in cell.source.splitlines())
            yield from (text for output in cell.outputs if (text := output_text(output)))


def output_text(output: Mapping[str, Any]) -> str:
    """Return one output as plain text; a live widget has none."""
    if output["output_type"] == "stream":
        return str(output["text"]).rstrip()
    if output["output_type"] == "error":
        return ANSI.sub("", "\n".join(output["traceback"]))
    data = output["data"]
    if LIVE_ONLY in data:
        return ""
    return str(data.get("text/markdown") or data.get("text/plain", "")).rstrip()


def without_chance(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out what is another one at each run: when a cell ran, and by which Python."""
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def without_places(text: str) -> str:
    """Leave out where the project and the kernel's files lie on this machine: tracebacks tell."""
    return IN_KERNEL.sub("/ipykernel/", text).replace(str(ROOT), "…") + "\n"


def save_html(notebook: nbformat.NotebookNode, name: str) -> Path:
    """Write the notebook as a page that fetches nothing, and return where."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(LIVE_ONLY, None)
    exporter = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    body, _ = exporter.from_notebook_node(notebook)
    page = BUILD / f"{name}.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text(body, encoding="utf-8")
    return page.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main())
