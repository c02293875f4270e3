"""One JupyterLab for the browser tests: in a folder of its own, with nothing of the user's.

Its one law: all that it reads and writes is below the folder it was given.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import nbformat
from jupyter_core.utils import ensure_dir_exists

ROOT = Path(__file__).resolve().parent.parent.parent
KERNELS = ROOT / ".kernels/share/jupyter"
PATIENCE = 60.0
TOKEN = "browser-tests"

DOCUMENTS = "@jupyterlab/docmanager-extension:plugin"
WIDGETS = "@jupyter-widgets/jupyterlab-manager:plugin"
THEMES = "@jupyterlab/apputils-extension:themes"

SETTINGS: dict[str, dict[str, Any]] = {
    # A test saves when it means to.
    DOCUMENTS: {"autosave": False},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:sessionDialogs": {"skipKernelRestartDialog": True},
}


class Server:
    """A JupyterLab on a free port, for as long as the `with` lasts.

    Args:
        folder: what it reads and writes.
        data: where it finds kernels and extensions beside its own.
    """

    def __init__(self, folder: Path, data: Sequence[Path] = (KERNELS,)) -> None:
        self.folder, self.data = folder, data
        self.notebooks = folder / "notebooks"
        self.url = ""

    def __enter__(self) -> Self:
        for name in ("notebooks", "state", "home"):
            ensure_dir_exists(str(self.folder / name))
        self._log = (self.folder / "server.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *self._options()],
            cwd=self.notebooks,
            env=self._environment(),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self.url = self._address()
            for plugin, values in SETTINGS.items():
                self.set(plugin, values)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _options(self) -> list[str]:
        return [
            "--no-browser",
            "--allow-root",
            "--ServerApp.port=0",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.notebooks}",
            # Only the tests reach JupyterLab's commands this way; no code of ours does.
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
        ]

    def _environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "CELLSPEAK"))},
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "JUPYTER_PATH": os.pathsep.join(map(str, self.data)),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "CELLSPEAK_STORE": f"sqlite:///{self.folder}/state/sessions.db",
        }

    def _address(self) -> str:
        """Return where the server listens, when it does."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            for file in (self.folder / "home/runtime").glob("jpserver-*.json"):
                with suppress(ValueError, OSError):  # half written, or not listening yet
                    url = str(json.loads(file.read_text(encoding="utf-8"))["url"]).rstrip("/")
                    with urlopen(f"{url}/api/status?token={TOKEN}", timeout=5):
                        return url
            time.sleep(0.1)  # a server that starts tells nobody
        said = (self.folder / "server.log").read_text(encoding="utf-8")
        raise TimeoutError(f"JupyterLab did not start; it said:\n{said[-2000:]}")

    # What a test arranges

    def set(self, plugin: str, values: dict[str, Any]) -> None:
        """Set a plugin's settings, for pages that are opened from now on."""
        body = json.dumps({"raw": json.dumps(values)}).encode()
        self._call("PUT", f"/lab/api/settings/{plugin}", body)

    def write(self, name: str, kernel: str, cells: list[str]) -> Path:
        """Write a notebook of code cells."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(text) for text in cells],
            metadata={"kernelspec": {"name": kernel, "display_name": kernel}},
        )
        path = self.notebooks / name
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        return path

    def start_kernel(self, name: str, kernel: str) -> None:
        """Start a notebook's kernel; its page, which loads meanwhile, will find it."""
        what = {"path": name, "name": name, "type": "notebook", "kernel": {"name": kernel}}
        self._call("POST", "/api/sessions", json.dumps(what).encode())

    def address(self, name: str, app: str = "doc/tree") -> str:
        """Return where a notebook opens, alone on its page; `notebooks` is Notebook 7."""
        return f"{self.url}/{app}/{name}?token={TOKEN}"

    def end_kernels(self) -> None:
        """End all kernels, so that no test pays for another one's."""
        for session in json.loads(self._call("GET", "/api/sessions")):
            self._call("DELETE", f"/api/sessions/{session['id']}")

    def _call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        request = Request(self.url + path, data=body, headers=headers, method=method)
        with urlopen(request, timeout=PATIENCE) as response:
            return bytes(response.read())
