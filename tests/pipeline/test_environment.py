from newsbeam.pipeline.config.environment import expand, unset

ENVIRONMENT = {"KEY": "k", "EMPTY": "", "OTHER": "${KEY}"}


def test_names_in_texts_stand_for_variables():
    value = {"a": "${KEY}", "b": ["x${KEY}y${EMPTY}", 3, None], "${KEY}": {"c": "$KEY {KEY} ${ KEY }"}}
    expected = {"a": "k", "b": ["xky", 3, None], "${KEY}": {"c": "$KEY {KEY} ${ KEY }"}}
    assert expand(value, ENVIRONMENT) == expected


def test_what_a_variable_holds_is_not_looked_into():
    assert expand("${OTHER}", ENVIRONMENT) == "${KEY}"


def test_variables_that_are_not_set_are_named_with_their_places():
    value = {"a": "${NONE}", "b": [{"c": "${KEY}${NONE}${GONE}"}, "${EMPTY}"]}
    expected = [(("a",), "NONE"), (("b", 0, "c"), "NONE"), (("b", 0, "c"), "GONE")]
    assert list(unset(value, ENVIRONMENT)) == expected
    assert expand("${NONE}", ENVIRONMENT) == "${NONE}"
