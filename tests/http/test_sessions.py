"""Sessions and tokens: what proves that a viewer has given the password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.http.sessions import BY_TOKEN, COOKIE, SESSION_S, Gate, viewer_key

LINK_KEY = b"0123456789abcdef"
KEY = viewer_key(LINK_KEY, "sesame")


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def gate(*keys: bytes, clock: Clock | None = None) -> Gate:
    return Gate(keys or [KEY], clock=clock or Clock())


def cookie(value: str) -> str:
    return f"theme=dark; {COOKIE}={value}; other=1"


def token(of: Gate) -> str:
    return of.tokened("").removeprefix(BY_TOKEN)


def test_a_session_is_known_until_it_ends() -> None:
    clock = Clock()
    own = gate(clock=clock)
    session = cookie(own.session())
    assert own.knows(session)
    clock.now += SESSION_S - 1
    assert own.knows(session)
    assert gate(clock=clock).knows(session), "another process knows it too"
    clock.now += 1
    assert not own.knows(session)


@pytest.mark.parametrize("wrong", [0.0, 4_102_444_800.0])
def test_who_signs_in_while_the_clock_is_wrong_is_in_and_nobody_is_put_out_for_good(
    wrong: float,
) -> None:
    """It is 1970, or 2100, until the time is set."""
    clock = Clock()
    own = gate(clock=clock)
    before, right = cookie(own.session()), clock.now
    clock.now = wrong
    assert own.knows(cookie(own.session()))
    clock.now = right
    assert own.knows(before)
    assert own.knows(cookie(own.session()))


def test_the_password_opens_and_no_other_does() -> None:
    assert gate().opens_with("sesame", LINK_KEY)
    for wrong in ("", "Sesame", "sesame ", "\ud800", "s" * 60_000):
        assert not gate().opens_with(wrong, LINK_KEY)
    assert not Gate().opens_with("", LINK_KEY)


@pytest.mark.parametrize(
    "other", [viewer_key(LINK_KEY, "sesam"), viewer_key(b"fedcba9876543210", "sesame")]
)
def test_another_password_or_another_secret_ends_sessions_and_tokens(other: bytes) -> None:
    assert not gate(other).knows(cookie(gate().session()))
    assert not gate(other).is_token(token(gate()))


def test_a_replaced_secret_still_proves_and_no_longer_signs() -> None:
    new = viewer_key(b"fedcba9876543210", "sesame")
    rotated = gate(new, KEY)
    assert rotated.knows(cookie(gate().session()))
    assert rotated.is_token(token(gate()))
    assert rotated.opens_with("sesame", b"fedcba9876543210")
    assert not gate().knows(cookie(rotated.session()))
    assert token(rotated) == token(gate(new))


def test_a_session_is_no_token_and_a_token_no_session() -> None:
    own = gate()
    assert not own.knows(cookie(token(own)))
    assert not own.is_token(own.session())


@given(st.data())
def test_a_session_with_one_character_altered_is_unknown(data: st.DataObject) -> None:
    own = gate()
    value = own.session()
    at = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(
        st.characters(exclude_characters=value[at] + ";").filter(lambda char: char.strip() != "")
    )
    assert not own.knows(cookie(value[:at] + other + value[at + 1 :]))
    assert own.knows(cookie(value))


@given(st.text(), st.text())
def test_any_header_and_any_token_is_refused_without_an_error(cookies: str, token: str) -> None:
    own = gate()
    assert not own.knows(cookies)
    assert not own.knows(f"{COOKIE}={cookies}")
    assert not own.is_token(token)


def test_one_good_session_among_others_of_the_same_name_is_enough() -> None:
    own = gate()
    assert own.knows(f"{COOKIE}=old; {COOKIE}={own.session()}")


def test_many_browsers_are_all_known() -> None:
    own = gate()
    value = own.session()
    assert all(own.knows(f"n={number}; {COOKIE}={value}") for number in range(3000))


def test_without_a_password_links_stay_as_they_are_and_old_tokens_go_on() -> None:
    own = Gate()
    assert own.tokened("/proxy?url=a") == "/proxy?url=a"
    assert own.is_token(token(gate()))
    assert own.credentials() == {}
    assert not own.required


def test_a_token_stands_in_front_of_the_path() -> None:
    assert gate().tokened("/proxy?url=a") == f"{BY_TOKEN}{token(gate())}/proxy?url=a"


def test_a_gate_shows_none_of_its_keys() -> None:
    assert repr(gate()) == "<Gate closed>"
    assert repr(Gate()) == "<Gate open>"
