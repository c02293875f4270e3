"""The session thread in real processes: what crosses, what is cancelled, and how it ends."""

import asyncio
import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest

from cellspeak import thread
from cellspeak.thread import Tick, arun, arun_iter, loop, run, session_loop, submit, wait

MS = 0.001
PATIENCE = 10.0


async def where() -> str:
    return threading.current_thread().name


async def fail() -> None:
    raise KeyError("as asked")


class Sleeper:
    """A coroutine that sleeps until it is cancelled, and tells both."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.cancelled = threading.Event()

    async def sleep(self) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


# One thread, one loop


def test_the_thread_is_one_and_a_daemon() -> None:
    assert run(where()) == "cellspeak-session"
    assert session_loop() is session_loop()
    assert [t.daemon for t in threading.enumerate() if t.name == "cellspeak-session"] == [True]


def test_the_first_uses_at_once_start_one_thread() -> None:
    code = (
        "import threading; from cellspeak import thread\n"
        "loops = []\n"
        "uses = [threading.Thread(target=lambda: loops.append(thread.session_loop()))"
        " for _ in range(20)]\n"
        "[use.start() for use in uses]; [use.join() for use in uses]\n"
        "print(len(set(loops)), threading.active_count())"
    )
    assert script(code).stdout == "1 2\n"


def test_importing_starts_nothing() -> None:
    code = "import threading, cellspeak.thread; print(threading.active_count())"
    assert script(code).stdout == "1\n"


# submit


def test_cancelling_a_submitted_future_cancels_its_coroutine() -> None:
    sleeper = Sleeper()
    future = submit(sleeper.sleep())
    assert sleeper.began.wait(PATIENCE)
    assert future.cancel()
    assert sleeper.cancelled.wait(PATIENCE)


def test_an_error_of_a_submitted_coroutine_is_its_futures() -> None:
    with pytest.raises(KeyError, match="as asked"):
        submit(fail()).result(PATIENCE)


def test_a_task_that_exits_takes_nobody_with_it() -> None:
    async def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        run(leave())
    assert run(where()) == "cellspeak-session"


# run


def test_run_returns_what_the_coroutine_returns() -> None:
    assert run(asyncio.sleep(MS, "result")) == "result"


def test_run_raises_what_the_coroutine_raises() -> None:
    with pytest.raises(KeyError, match="as asked"):
        run(fail())


def test_a_result_does_not_wait_for_the_end_of_the_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "SLICE", 3600.0)
    assert run(asyncio.sleep(MS, "now")) == "now"
    assert asyncio.run(arun(asyncio.sleep(MS, "now"))) == "now"


def test_run_gives_up_after_its_timeout_and_cancels() -> None:
    sleeper = Sleeper()
    with pytest.raises(TimeoutError, match="cancelled before it was done"):
        run(sleeper.sleep(), timeout=20 * MS)
    assert sleeper.cancelled.wait(PATIENCE)


def test_run_on_the_session_thread_says_what_to_do() -> None:
    async def blocks() -> None:
        run(where())

    with pytest.raises(RuntimeError, match="await the asynchronous method instead"):
        run(blocks())


def test_a_keyboard_interrupt_ends_run_and_cancels() -> None:
    sleeper = Sleeper()

    def press() -> None:
        sleeper.began.wait(PATIENCE)
        signal.raise_signal(signal.SIGINT)  # handled on the main thread, wherever it is raised

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        run(sleeper.sleep())
    assert sleeper.cancelled.wait(PATIENCE)


def test_run_works_inside_a_running_loop() -> None:
    async def main() -> str:
        return run(where())

    assert asyncio.run(main()) == "cellspeak-session"


# arun


async def test_arun_crosses_from_any_loop() -> None:
    assert await arun(where()) == "cellspeak-session"


async def test_arun_raises_what_the_coroutine_raises() -> None:
    with pytest.raises(KeyError, match="as asked"):
        await arun(fail())


def test_arun_on_the_session_loop_awaits_in_the_same_task() -> None:
    async def task() -> object:
        return asyncio.current_task()

    async def same() -> bool:
        return await arun(task()) is asyncio.current_task()

    assert run(same())


async def test_cancelling_the_caller_of_arun_cancels_the_coroutine() -> None:
    sleeper = Sleeper()
    caller = asyncio.create_task(arun(sleeper.sleep()))
    await until(sleeper.began.is_set)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert sleeper.cancelled.wait(PATIENCE)


async def test_a_coroutine_cancelled_over_there_is_cancelled_here() -> None:
    async def cancels_itself() -> None:
        task = asyncio.current_task()
        assert task
        task.cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        await arun(cancels_itself())


async def test_many_callers_cross_at_once() -> None:
    crossed = await asyncio.gather(*(arun(asyncio.sleep(MS, n)) for n in range(200)))
    assert crossed == list(range(200))


# arun_iter


class Source:
    """Counts up for ever, and tells in which task it was made, drained and closed."""

    def __init__(self, end: int = sys.maxsize) -> None:
        self.end = end
        self.made = 0
        self.closed = threading.Event()
        self.tasks: set[object] = set()

    async def items(self) -> AsyncIterator[int]:
        self.tasks.add(asyncio.current_task())
        try:
            async with asyncio.timeout(PATIENCE):  # has to end in the task that began it
                while self.made < self.end:
                    self.made += 1
                    yield self.made
                    self.tasks.add(asyncio.current_task())
        finally:
            self.tasks.add(asyncio.current_task())
            self.closed.set()


async def test_items_cross_in_order_and_all_of_them() -> None:
    source = Source(1000)
    assert [item async for item in arun_iter(source.items)] == list(range(1, 1001))
    assert source.closed.is_set()
    assert len(source.tasks) == 1


async def test_an_iteration_left_early_is_closed_in_its_own_task() -> None:
    source = Source()
    async with contextlib.aclosing(arun_iter(source.items)) as items:
        async for item in items:
            if item == 3:
                break
    assert source.closed.wait(PATIENCE)
    assert len(source.tasks) == 1


async def test_an_iteration_dropped_without_closing_is_closed_too() -> None:
    source = Source()
    async for _ in arun_iter(source.items):
        break
    await until(source.closed.is_set)


async def test_a_slow_reader_is_never_left_far_behind() -> None:
    source = Source()
    async with contextlib.aclosing(arun_iter(source.items)) as items:
        await anext(items)
        await arun(asyncio.sleep(20 * MS))
        assert source.made <= 2


async def test_an_error_comes_after_the_items_before_it() -> None:
    async def items() -> AsyncIterator[int]:
        yield 1
        yield 2
        raise KeyError("as asked")

    crossing = arun_iter(items)
    assert [await anext(crossing), await anext(crossing)] == [1, 2]
    with pytest.raises(KeyError, match="as asked"):
        await anext(crossing)


async def test_a_cancelled_reader_closes_the_iteration() -> None:
    source = Source()

    async def read() -> None:
        async for _ in arun_iter(source.items):
            await asyncio.Event().wait()

    reader = asyncio.create_task(read())
    await until(lambda: source.made > 0)
    reader.cancel()
    await asyncio.wait([reader])
    del reader  # with it goes the last reference to the iteration, and the loop closes that
    await until(source.closed.is_set)


async def test_an_iteration_cancelled_over_there_ends_here() -> None:
    async def items() -> AsyncIterator[int]:
        yield 1
        raise asyncio.CancelledError

    crossing = arun_iter(items)
    assert await anext(crossing) == 1
    with pytest.raises(asyncio.CancelledError):
        await anext(crossing)


async def test_an_iterator_without_aclose_can_cross() -> None:
    class Plain:
        left = 3

        def __aiter__(self) -> "Plain":
            return self

        async def __anext__(self) -> int:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return self.left

    assert [item async for item in arun_iter(Plain)] == [2, 1, 0]


def test_an_iteration_on_the_session_loop_stays_there() -> None:
    async def main() -> list[int]:
        return [item async for item in arun_iter(Source(3).items)]

    assert run(main()) == [1, 2, 3]


# The waiter


class Recorder:
    """A waiter that counts its turns, and can act in them."""

    def __init__(self, act: Tick = lambda: None) -> None:
        self.opened: list[bool] = []
        self.turns = self.closed = 0
        self.act = act

    @contextlib.contextmanager
    def __call__(self, *, blocking: bool) -> Iterator[Tick]:
        self.opened.append(blocking)
        try:
            yield self.tick
        finally:
            self.closed += 1

    def tick(self) -> None:
        self.turns += 1
        self.act()

    def ending(self) -> bool:
        return False


@pytest.fixture
def wait_with() -> Iterator[Callable[[Recorder], None]]:
    yield thread.set_waiter
    thread.set_waiter(None)


async def test_the_waiter_gets_a_turn_per_slice(wait_with: Callable[[Recorder], None]) -> None:
    turned = threading.Event()
    recorder = Recorder(turned.set)
    wait_with(recorder)

    await arun(until(turned.is_set))
    turned.clear()
    run(until(turned.is_set))
    assert recorder.turns >= 2
    assert recorder.opened == [False, True]
    assert recorder.closed == 2


def test_an_interrupt_from_the_waiter_ends_the_wait(wait_with: Callable[[Recorder], None]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    sleeper, recorder = Sleeper(), Recorder(interrupt)
    wait_with(recorder)
    with pytest.raises(KeyboardInterrupt):
        run(sleeper.sleep())
    assert sleeper.cancelled.wait(PATIENCE)
    assert recorder.closed == 1


# Without threads


def test_without_threads_the_running_loop_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "HAS_THREADS", False)

    async def main() -> tuple[str, list[int], bool]:
        items = [item async for item in arun_iter(Source(2).items)]
        return await arun(where()), items, session_loop() is asyncio.get_running_loop()

    assert asyncio.run(main()) == (threading.main_thread().name, [1, 2], True)


def test_without_threads_nothing_can_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "HAS_THREADS", False)
    with pytest.raises(RuntimeError, match=r"no threads.*await the asynchronous method instead"):
        run(where())


# Forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_child_gets_a_thread_of_its_own() -> None:
    code = (
        "import os, asyncio; from cellspeak import thread\n"
        "async def pid(): return os.getpid()\n"
        "async def parent_closer(): print('closed in', os.getpid() == parent, flush=True)\n"
        "parent = thread.run(pid()); thread.on_shutdown(parent_closer)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    print('child', thread.run(pid()) == os.getpid() != parent, flush=True)\n"
        "else:\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "    print('parent', thread.run(pid()) == parent, flush=True)\n"
    )
    assert script(code).stdout == "child True\nparent True\nclosed in True\n"


# The end of the process


ENDINGS = {
    "a task in mid-sleep": "thread.submit(asyncio.sleep(100))",
    "a task that refuses to be cancelled": (
        "async def stubborn():\n"
        "    while True:\n"
        "        try: await asyncio.sleep(100)\n"
        "        except asyncio.CancelledError: pass\n"
        "thread.submit(stubborn())"
    ),
    "a closer that hangs": "thread.on_shutdown(lambda: asyncio.sleep(100))",
    "a closer that raises": (
        "async def broken(): raise KeyError('broken')\nthread.on_shutdown(broken)"
    ),
    "a task that blocks the loop": (
        "import time\nasync def block(): time.sleep(100)\nthread.submit(block())"
    ),
    "an iteration left open": (
        "async def count():\n    while True: yield 1\n"
        "items = thread.arun_iter(count)\n"
        "asyncio.run(anext(items))"
    ),
    "an interrupt": (
        "import signal, threading\n"
        "threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()\n"
        "try: thread.run(asyncio.sleep(100))\n"
        "except KeyboardInterrupt: pass"
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_script_ends_promptly_and_in_silence_with(ending: str) -> None:
    began = time.monotonic()
    done = script(f"import asyncio\nfrom cellspeak import thread\n{ENDINGS[ending]}\nprint('end')")
    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)
    assert time.monotonic() - began < 5  # of a sleep of 100; some 1.7 s at the worst


def test_closers_run_before_tasks_are_cancelled() -> None:
    code = (
        "import asyncio; from cellspeak import thread\n"
        "async def work():\n"
        "    try: await asyncio.sleep(100)\n"
        "    finally: print('cancelled')\n"
        "async def close(name): await asyncio.sleep(0.01); print('closed', name)\n"
        "thread.submit(work())\n"
        "thread.on_shutdown(lambda: close('engine'))\n"
        "thread.on_shutdown(lambda: close('session'))\n"
    )
    assert script(code).stdout == "closed session\nclosed engine\ncancelled\n"


def test_a_use_after_the_end_says_so() -> None:
    code = (
        "import asyncio, atexit\n"
        "def late():\n"
        "    try: thread.run(asyncio.sleep(0))\n"
        "    except RuntimeError as error: print(error)\n"
        "atexit.register(late)\n"
        "from cellspeak import thread\n"
    )
    # atexit runs the last registered first: ours, then `late`.
    assert "the process is exiting" in script(code).stdout


def script(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    return subprocess.run(command, text=True, capture_output=True, timeout=30, check=False)


# No noise


@pytest.mark.parametrize("ends", [asyncio.sleep(0), fail()], ids=["well", "badly"])
async def test_nothing_is_left_unretrieved_when_the_caller_goes(
    ends: Coroutine[Any, Any, None], caplog: pytest.LogCaptureFixture
) -> None:
    gate = asyncio.Event()

    async def late() -> None:
        await gate.wait()
        await ends

    caller = asyncio.create_task(arun(late()))
    await asyncio.sleep(0)
    session_loop().call_soon_threadsafe(gate.set)
    caller.cancel()
    with contextlib.suppress(asyncio.CancelledError, KeyError):
        await caller
    await arun(asyncio.sleep(0))
    gc.collect()
    assert caplog.records == []
    ends.close()


def test_errors_of_the_loop_are_logged_and_not_printed(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise KeyError("broken callback")

    session_loop().call_soon_threadsafe(broken)
    run(asyncio.sleep(0))
    assert "broken callback" in caplog.text
    assert capfd.readouterr() == ("", "")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 - another thread makes it so
            await asyncio.sleep(MS)
