import pytest

from cellspeak.core.kinds import dict_of, int_of, list_of, opt_dict, opt_str, str_of, without


@pytest.mark.parametrize("value", [None, True, 1.0, "1", [], {}, 2**53, -(2**53)])
def test_what_is_no_whole_number_is_the_default(value: object) -> None:
    assert int_of(value) is None
    assert int_of(value, 7) == 7


def test_values_of_the_kind_come_back() -> None:
    assert (int_of(2**53 - 1), int_of(0, 7)) == (2**53 - 1, 0)
    assert (str_of("a", "b"), opt_str("")) == ("a", "")
    assert (dict_of({"a": 1}), opt_dict({})) == ({"a": 1}, {})
    assert (list_of([1]), list_of((1,))) == ([1], (1,))


@pytest.mark.parametrize("value", [None, 5, "x", b"x"])
def test_other_values_are_nothing(value: object) -> None:
    assert (dict_of(value), opt_dict(value), list(list_of(value))) == ({}, None, [])
    if not isinstance(value, str):
        assert (str_of(value), str_of(value, "x"), opt_str(value)) == ("", "x", None)


def test_keys_are_left_out_of_a_copy() -> None:
    data = {"a": 1, "b": 2}
    assert without(data, "a", "z") == {"b": 2}
    assert data == {"a": 1, "b": 2}
