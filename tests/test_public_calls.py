"""Public functions called with mistakes: they say what is wrong, and no answer looks finite that is not."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from public_calls import CALLS, FINDING, Call, is_finite, mistakes


def expect_answer_or_reason(call: Call, arguments: dict) -> None:
    """Call: what comes is finite, or a ValueError with a reason."""
    try:
        answer = call.function(**arguments)
    except ValueError as error:
        assert str(error)
    else:
        assert call is FINDING or is_finite(answer), answer


@pytest.mark.parametrize("call", CALLS)
def test_right_arguments_are_right(call):
    assert is_finite(call.function(**call.arguments))


@pytest.mark.parametrize("call", [*CALLS, FINDING])
def test_a_single_mistake_is_named_or_makes_a_finite_answer(call):
    for name, value in call.arguments.items():
        for mistake in mistakes(value):
            expect_answer_or_reason(call, {**call.arguments, name: mistake})


@given(st.data())
@settings(max_examples=1200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_several_mistakes_at_once(data):
    call = data.draw(st.sampled_from(CALLS))
    wrong = {
        name: data.draw(st.sampled_from(mistakes(value)))
        for name, value in call.arguments.items()
        if mistakes(value) and data.draw(st.booleans())
    }
    expect_answer_or_reason(call, {**call.arguments, **wrong})
