"""Variables that go with a message: what they hold, as a text that everybody can read afterwards.

Its one law: an agent is told no more than what stands in the message.  Each variable is a file of
the post, of bounded size, in the log and in every transcript.
"""

from __future__ import annotations

import base64
import difflib
import reprlib
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from cellspeak.core.events import Data
from cellspeak.core.mimes import VARIABLE
from cellspeak.errors import ValidationError

__all__ = ["Variables", "as_file", "attached", "namespace", "shell", "summary_of", "variable"]

Variables: TypeAlias = Sequence[str | Data] | Mapping[str, Any]
"""Names of variables of the notebook (or of the main program), or names with their values."""

LIMIT = 4_000
"""Most characters that are told of one variable."""

MOST = 20
"""Most variables that go with one message."""

_FILE = 16_000  # characters of a text that is sent as it is
_ROWS = 5


def attached(variables: Variables) -> list[Data]:
    """Return *variables* as files of a message.

    Call it where the variables live, before the message crosses to another thread.  What it
    returned may be given again, and is left as it is.

    Raises:
        ValidationError: if there is no such variable; it names the nearest.
    """
    if isinstance(variables, str):
        variables = [name.strip() for name in variables.split(",") if name.strip()]
    if len(variables) > MOST:
        raise ValidationError(f"expected at most {MOST} variables; got {len(variables)}")
    if isinstance(variables, Mapping):
        return [_file(str(name), value) for name, value in variables.items()]
    return [_file(v, variable(v)) if isinstance(v, str) else v for v in variables]


def variable(name: str) -> Any:
    """Return what the variable *name* holds.

    Raises:
        ValidationError: if there is none; it names the nearest.
    """
    known = namespace()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, [n for n in known if not n.startswith("_")], n=1)
    hint = f"did you mean {near[0]!r}?" if near else "run the cell that makes it first"
    raise ValidationError(f"expected the name of a variable; there is no {name!r:.80} here; {hint}")


def namespace() -> dict[str, Any]:
    """Return the variables of the notebook, or of the main program where there is none."""
    running = shell()
    found: dict[str, Any] = vars(sys.modules["__main__"]) if running is None else running.user_ns
    return found


def shell() -> Any:
    """Return the IPython that runs here, or None; nothing is imported to find out."""
    ipython = sys.modules.get("IPython")
    # Asked by code that may run while IPython is still being imported.
    get_shell = getattr(ipython, "get_ipython", None)
    return None if get_shell is None else get_shell()


def summary_of(value: Any) -> str:
    """Return what is told of *value*: kind, size, types, beginning; at most 4,000 characters.

    A method `__llm__()` of its class decides instead, if there is one.
    """
    try:
        text = _summary(value)
    except Exception as error:  # noqa: BLE001 - a repr of the user's may fail in any way
        text = f"{type(value).__name__}, which cannot be shown ({type(error).__name__})"
    return _cut(text.replace("\0", "�"))


def _cut(text: str, limit: int = LIMIT) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n[cut here: {len(text) - limit:,} more characters]"


def _file(name: str, value: Any) -> Data:
    return as_file(name, summary_of(value))


def as_file(name: str, text: str) -> Data:
    """Return *text* as a file of a message that everybody can open."""
    content = _cut(text.replace("\0", "�"), _FILE).encode("utf-8", "replace")
    data = base64.b64encode(content).decode("ascii")
    return {"name": name, "mime": VARIABLE, "size": len(content), "data": data}


def _summary(value: Any) -> str:
    own = getattr(type(value), "__llm__", None)
    if callable(own) and not isinstance(value, type):
        return str(value.__llm__())
    if isinstance(value, str):
        return f"str of {len(value):,} characters\n{value}"
    for fits, told in _TOLD:
        if fits(value):
            return told(value)
    return f"{_kind(value)}\n{value!r}"


def _is_frame(value: Any) -> bool:
    return all(hasattr(type(value), part) for part in ("columns", "dtypes", "head", "shape"))


def _frame(value: Any) -> str:
    rows, columns = value.shape
    types = "\n".join(f"  {n}: {t}" for n, t in zip(value.columns, value.dtypes, strict=False))
    head = value.head(_ROWS)
    # Without its own width a frame of pandas is told with its middle columns left out.
    shown = head.to_string() if hasattr(head, "to_string") else str(head)
    size = f"{rows:,} rows × {columns:,} columns"
    return f"{_kind(value)}, {size}\n{types}\nfirst rows:\n{shown}"


def _is_array(value: Any) -> bool:
    return all(hasattr(type(value), part) for part in ("shape", "dtype"))


def _array(value: Any) -> str:
    return f"{_kind(value)}, shape {tuple(value.shape)}, dtype {value.dtype}\n{value!r}"


def _collection(value: Collection[Any]) -> str:
    short = reprlib.Repr()
    short.maxdict = short.maxlist = short.maxtuple = short.maxset = 10
    short.maxstring = short.maxother = 200
    return f"{_kind(value)} of {len(value):,} items\n{short.repr(value)}"


_TOLD: Sequence[tuple[Callable[[Any], bool], Callable[[Any], str]]] = (
    (_is_frame, _frame),
    (_is_array, _array),
    (lambda value: isinstance(value, Mapping | list | tuple | set | frozenset), _collection),
)


def _kind(value: Any) -> str:
    return type(value).__name__
