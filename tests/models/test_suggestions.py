"""Suggestions stay cheap however many ids are wrong."""

from taskmentor.models.suggestions import Suggestions


def test_a_typing_error_anywhere_in_the_id_is_found() -> None:
    """Also in its first character, after which it sorts far away."""
    suggest = Suggestions(["pivot", "data-analysis", "sql"])
    assert suggest.known == ("data-analysis", "pivot", "sql")
    assert suggest("zata-analysis") == suggest("zata-analysis") == "; did you mean 'data-analysis'?"
    assert suggest("cooking") == ""


def test_an_id_with_another_number_is_not_near() -> None:
    """p-0059 is as wrong for p-0099 as any other; but a forgotten zero, dash or letter can be found."""
    suggest = Suggestions(["p-0042", "p-0059", "sql", "sql2"])
    assert [suggest(wanted) for wanted in ("p-0099", "p_0099", "p-0043x", "sql3x")] == [
        "",
        "",
        "",
        "; did you mean 'sql'?",
    ]
    assert {suggest(wanted) for wanted in ("p-42", "p0042", "q-0042")} == {"; did you mean 'p-0042'?"}
    assert suggest("sq") == "; did you mean 'sql'?"


def test_after_some_wrong_ids_only_what_sorts_beside_is_compared() -> None:
    """Comparing every wrong id with every known one takes for ever in a file that is all wrong."""
    suggest = Suggestions(f"p{n:04}" for n in range(1_000))
    for n in range(20):
        suggest(f"q{n}")
    assert suggest("p0500x") == "; did you mean 'p0500'?"
    assert suggest("x0500") == ""
    assert Suggestions(f"p{n:04}" for n in range(3_000))("x0500") == ""
