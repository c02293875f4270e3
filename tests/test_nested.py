"""Nesting changes a whole process, so each case has a process of its own."""

import subprocess
import sys

import pytest

START = "import asyncio, sys\nfrom cellspeak.nested import enable_nested_asyncio\n"

NESTS = """
async def inner():
    await asyncio.sleep(0)
    return 'nested'
async def main():
    enable_nested_asyncio()
    enable_nested_asyncio()
    print(asyncio.get_running_loop().run_until_complete(inner()))
    print(asyncio.current_task() is not None)
asyncio.run(main())
print(sorted({'nest_asyncio', 'nest_asyncio2'} & {n for n, m in sys.modules.items() if m}))
"""

WITHOUT_2 = "sys.modules['nest_asyncio2'] = None\n"


def script(code: str) -> str:
    command = [sys.executable, "-c", START + code]
    done = subprocess.run(command, text=True, capture_output=True, timeout=30, check=False)
    return done.stdout + done.stderr


def test_a_running_loop_runs_another_coroutine_to_its_end() -> None:
    assert script(NESTS) == "nested\nTrue\n['nest_asyncio2']\n"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="refused there")
def test_nest_asyncio_serves_where_its_successor_is_missing() -> None:
    assert script(WITHOUT_2 + NESTS) == "nested\nTrue\n['nest_asyncio']\n"


def test_importing_loads_neither_package() -> None:
    assert script("print({'nest_asyncio', 'nest_asyncio2'} & {*sys.modules})") == "set()\n"


def test_nest_asyncio_alone_is_refused_on_python_3_14() -> None:
    output = script(WITHOUT_2 + "sys.version_info = (3, 14, 0)\n" + NESTS)
    assert "Run `pip install nest-asyncio2`." in output


def test_without_a_loop_there_is_nothing_to_nest() -> None:
    assert "expected a running event loop, got none" in script("enable_nested_asyncio()")


def test_a_foreign_loop_is_refused() -> None:
    code = (
        "class Loop(asyncio.AbstractEventLoop): pass\n"
        "asyncio._set_running_loop(Loop())\n"
        "enable_nested_asyncio()"
    )
    assert "got __main__.Loop, which cannot be patched" in script(code)
