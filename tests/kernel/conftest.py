"""Real kernels for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.kernel.driver import KERNELS, NAMES, FrontEnd


@pytest.fixture(scope="module", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Kernels are those of this checkout, and leave the user's own conversations alone."""
    folder = tmp_path_factory.mktemp("surroundings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(KERNELS.parent))
        patch.setenv("IPYTHONDIR", str(folder / ".ipython"))
        patch.setenv("CELLSPEAK_STORE", f"sqlite:///{folder / 'sessions.db'}")
        yield


@pytest.fixture(scope="module", params=NAMES)
def shared_kernel(request: pytest.FixtureRequest) -> Iterator[FrontEnd]:
    """One kernel of each ipykernel that cellspeak promises to work on, for a whole file."""
    if not (KERNELS / request.param).is_dir():
        pytest.fail(f"there is no kernel {request.param}: run `make kernels` first")
    with FrontEnd(request.param) as front_end:
        yield front_end


@pytest.fixture
def kernel(shared_kernel: FrontEnd) -> Iterator[FrontEnd]:
    """A kernel that works; what the last test defined may still be there."""
    shared_kernel.forget()
    yield shared_kernel
    if not shared_kernel.works():
        shared_kernel.restart()
