import time
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no annotations
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellspeak.core.arguments import complaint, same_json
from tests.core.vectors import name, vectors

CASES = vectors("arguments.json")
NOT_JSON_SCHEMA = ("an unknown type", "a reference to elsewhere", "words of a wrong kind")
"""Cases that the library refuses to judge; here they say nothing."""
LEGAL = [c for c in CASES if not c["name"].startswith(NOT_JSON_SCHEMA)]

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, "", "a", "ab", "😀"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=5,
)


def words(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    count = st.integers(0, 3)
    types = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
    return st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, min_size=1, max_size=2, unique=True),
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "const": VALUES,
            "minimum": count,
            "exclusiveMaximum": count,
            "minLength": count,
            "maxItems": count,
            "minProperties": count,
            "uniqueItems": st.booleans(),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        },
    )


SCHEMAS = st.recursive(st.booleans() | words(st.booleans()), words, max_leaves=6)


def test_no_vector_is_lost_by_the_loader() -> None:
    assert (len(CASES), sum("expected" in c for c in CASES), len(LEGAL)) == (88, 46, 84)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_first_fault_is_told_in_a_sentence(case: dict[str, Any]) -> None:
    assert complaint(case["args"], case["schema"]) == case.get("expected")


@pytest.mark.parametrize("case", LEGAL, ids=name)
def test_the_library_comes_to_the_same_verdict(case: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(case["schema"])
    assert validator.is_valid(case["args"]) is ("expected" not in case)


@settings(max_examples=300, deadline=None)
@given(schema=SCHEMAS, value=VALUES)
def test_any_schema_is_judged_as_the_library_judges_it(schema: Any, value: Any) -> None:
    fits = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (complaint(value, schema) is None) is fits


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"anyOf": [{"$ref": "#"}] * 9},
        {"not": {"$ref": "#"}},
        {"properties": {"a": {"items": {"allOf": [{"$ref": "#/properties/a/items"}] * 3}}}},
        {"properties": {"a": {"uniqueItems": True}}},
        {"properties": {"a": {"items": {"pattern": "(a+)+$"}}}},
    ],
)
def test_a_schema_that_never_ends_allows_what_it_cannot_judge(schema: Any) -> None:
    assert complaint({"a": ["a" * 5_000 + "!"] * 300}, schema) is None


@pytest.mark.parametrize("schema", [None, 7, "object", [], {"properties": 5}, {"$ref": 5}])
def test_what_is_no_schema_allows_everything(schema: Any) -> None:
    assert complaint({"a": 1}, schema) is None


def test_what_was_read_is_not_judged_by_its_python_type() -> None:
    schema = {"properties": {"l": {"type": "array"}, "n": {"type": "integer"}}}
    assert complaint({"l": (1, 2), "n": 1.0}, schema) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": [1, {"b": None}]}, {"a": (1.0, {"b": None})}, True),
        ([True], [1], False),
        ([1, 2], [1], False),
        ({"a": 1}, {"b": 1}, False),
        ("1", 1, False),
        ({}, [], False),
    ],
)
def test_json_is_equal_by_value_and_true_is_not_one(one: Any, other: Any, same: bool) -> None:
    assert same_json(one, other) is same


def test_a_sentence_holds_no_more_of_a_value_than_a_line() -> None:
    told = complaint({"a": {"deep": "x" * 10_000}}, {"properties": {"a": {"type": "string"}}})
    assert told is not None
    assert len(told) < 120


def test_nine_thousand_forms_do_not_each_write_down_a_very_large_value() -> None:
    value = {"a": {"deep": ["x" * 1_000] * 1_000}}
    schema = {"properties": {"a": {"anyOf": [{"type": "number"}] * 9_000}}}
    began = time.process_time()
    assert complaint(value, schema) is not None
    assert time.process_time() - began < 10


def test_options_without_end_are_not_all_looked_at_again_and_again() -> None:
    schema = {"properties": {"a": {"items": {"enum": list(range(9_000))}}}}
    assert complaint({"a": [-1] * 9_000}, schema) is not None
    assert complaint({"a": [0, 0, -1]}, schema) is None  # at the end of the budget
