"""Find an arithmetic expression in a sentence and work it out.

Its one law: a bounded walk over the syntax tree of numbers and operators; nothing is ever run as
Python, and nothing takes noticeable time or memory, whatever was typed.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import TypeAlias

from cellspeak.errors import ValidationError

__all__ = ["evaluate", "find_expression"]

Number: TypeAlias = int | float

_LONGEST = 200
_MOST_BITS = 4096
_EXACT = 2**53  # integers beyond it are not the same in every reader of JSON

_OPERATORS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_SIGNS: dict[type[ast.unaryop], Callable[[Number], Number]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_WORDS = (
    (r"\bplus\b", "+"),
    (r"\bminus\b|[−–]", "-"),
    (r"\b(?:times|multiplied by)\b|[×·]", "*"),
    (r"\bdivided by\b|÷", "/"),
    (r"\bto the power of\b|\^", "**"),
    (r"(?<=\d)\s*x\s*(?=\d)", "*"),
    (r"(?<=\d),(?=\d{3}\b)", ""),
)
_EXPRESSION = re.compile(r"[-+(\s]*\d[\d.\s()*/%+-]*[*/%+-][\d.\s()*/%+-]*\d[\d.\s)]*")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?")


def find_expression(sentence: str) -> str | None:
    """Return the first expression in *sentence* with at least one operator, in Python's signs."""
    text = sentence[: 10 * _LONGEST]
    for pattern, sign in _WORDS:
        text = re.sub(pattern, sign, text, flags=re.IGNORECASE)
    found = _EXPRESSION.search(_DATE.sub(" ", text))
    return found.group().strip().rstrip(".") if found else None


def evaluate(expression: str) -> Number | str:
    """Return the value of *expression*; a string of digits where JSON numbers lose some.

    Raises:
        ValidationError: if it is no arithmetic, divides by zero, or gets too large.
    """
    if len(expression) > _LONGEST:
        raise ValidationError(
            f"expected at most {_LONGEST} characters of arithmetic; got {len(expression)}"
        )
    try:
        value = _value(ast.parse(expression.strip(), mode="eval").body)
    except ZeroDivisionError:
        raise ValidationError("division by zero: nothing times zero gives that number") from None
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        raise ValidationError(
            f"expected numbers and + - * / // % **; got {expression!r:.80}"
        ) from None
    return _plain(value)


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(number)
        case ast.UnaryOp() if type(node.op) in _SIGNS:
            return _SIGNS[type(node.op)](_value(node.operand))
        case ast.BinOp() if type(node.op) in _OPERATORS:
            left, right = _value(node.left), _value(node.right)
            _check_size(node.op, left, right)
            return _bounded(_OPERATORS[type(node.op)](left, right))
    raise ValueError


def _check_size(op: ast.operator, left: Number, right: Number) -> None:
    """Refuse a power before it is computed: it is the one operator that explodes."""
    whole = isinstance(left, int) and isinstance(right, int)
    if isinstance(op, ast.Pow) and whole and abs(left) > 1:
        bits = int(left).bit_length() * abs(right)
        if bits > _MOST_BITS:
            raise ValidationError("the power is too large for me")


def _bounded(value: Number) -> Number:
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise ValidationError("the result is too large for me")
    return value


def _plain(value: Number) -> Number | str:
    if isinstance(value, float):
        value = float(f"{value:.15g}")  # 0.1 + 0.2 is shown as people expect it
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    return value if abs(value) < _EXACT else str(value)
