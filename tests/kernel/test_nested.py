"""Nesting in real kernels: refused where it would wedge them."""

import pytest

from tests.kernel.driver import FrontEnd

pytestmark = pytest.mark.kernel

TRY = """
from cellspeak.nested import enable_nested_asyncio
import ipykernel
try:
    enable_nested_asyncio()
    print(ipykernel.version_info[0], 'nested')
except RuntimeError as error:
    print(ipykernel.version_info[0], error)
"""


def test_ipykernel_7_refuses_and_says_what_to_use(kernel: FrontEnd) -> None:
    printed = kernel.run(TRY)
    if printed.startswith("6"):
        assert printed == "6 nested\n"
    else:
        assert "got ipykernel 7" in printed
        assert "session.ask()" in printed
    assert kernel.run("1 + 1") == "2"
