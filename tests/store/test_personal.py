"""What a person gets of what is kept about them: all of their own, and nobody else's notes."""

import json
import re
from html.parser import HTMLParser

import pytest

from taskmentor.errors import UnknownIdError
from taskmentor.models.people import PersonId
from taskmentor.store import Store, own_data
from tests.store.test_erasing import ZED, end, plant, start

HOSTILE = "</script><img src=x onerror=alert(1)> {{7*7}} %s {0.__class__} \u2028 & \"'"


def test_their_own_is_there_and_others_notes_are_not(store: Store) -> None:
    plant(store)
    own = own_data(store, ZED)
    assert [*own.engagements] == sorted(["as-mentee", "as-mentor", "running"], key=[*own.engagements].index)
    assert {one["as"] for one in own.engagements.values()} == {"mentee", "mentor"}
    text = own.as_json()
    assert "planted-end" in text
    assert "planted-by-manager" in text
    assert "planted-by-mentee" not in text
    assert "words that stay" not in text
    assert "ann's words stay" not in text
    assert [one["kind"] for one in own.elsewhere] == ["Returned"]
    assert len(own.places) == 10
    assert [one["engagement_id"] for one in own.proposals] == ["draft"]
    assert json.loads(text)["person_id"] == ZED


def test_the_mentee_does_not_get_the_managers_note(store: Store) -> None:
    plant(store)
    text = own_data(store, "cat").as_json()
    assert '"kind": "Returned"' in text
    assert "planted-by-manager" not in text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_shows_hostile_words_as_words(store: Store) -> None:
    """Nothing that somebody wrote becomes markup or a script."""
    plant(store)
    start(store, "hostile", ZED, "ann")
    end(store, "hostile", ZED, HOSTILE)
    page = own_data(store, ZED).as_html()
    tags = Tags()
    tags.feed(page)
    assert tags.tags == {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "table", "tr", "th", "td", "script",
    }  # fmt: skip
    assert HOSTILE in tags.texts
    assert "default-src 'none'" in page
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert not set(data) & set("<>&\u2028\u2029")
    assert json.loads(data) == json.loads(own_data(store, ZED).as_json())


def test_who_is_not_known_gets_nothing(store: Store) -> None:
    with pytest.raises(UnknownIdError):
        own_data(store, PersonId("nobody"))
