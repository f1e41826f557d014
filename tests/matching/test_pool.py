"""The pool: who takes part, in an order that nobody can choose."""

import hashlib
from datetime import timedelta

import numpy as np
from numpy.random import default_rng

from taskmentor.matching.pool import Pool, build_pool, mixed
from taskmentor.matching.requests import open_requests
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import confirmed_proficiency
from tests.organisations import ON, organisation


def pool_of(whole: Organisation, salt: str = "0", shuffle: int = 0) -> Pool:
    known = confirmed_proficiency(whole, on=ON)
    asked = open_requests(whole, known, on=ON, per_person=3)
    return build_pool(whole, asked.take(default_rng(shuffle).permutation(len(asked))), known, on=ON, salt=salt)


def some() -> Organisation:
    wants: dict[str, dict[str, int | None]] = {person: {"sql": 2, "law": 3} for person in ("ann", "bob", "cat")}
    people: dict[str, dict[str, object]] = {
        "ann": {},
        "bob": {"manager_id": "ann"},
        "cat": {},
        "old": {"left_on": ON},
        "new": {"joined_on": ON + timedelta(days=1)},
    }
    return organisation(people, wants=wants)


def sha(text: str, salt: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{salt}\0{text}".encode()).digest()[:8], "big")


def test_mentors_and_requests_stand_in_the_order_of_salted_hashes() -> None:
    """Would be broken: the same plan for any order of rows, and that a published salt fixes the lottery."""
    for salt in ("0", "1", "x"):
        pool = pool_of(some(), salt)
        mentors = pool.organisation.people.ids[pool.mentors].tolist()
        assert mentors == sorted(["ann", "bob", "cat"], key=lambda one: sha(one, salt))
        assert pool.mentor_key.tolist() == [sha(one, salt) for one in mentors]
        asked = [(request.mentee_id, request.skill_id) for request in pool.requests]
        assert asked == sorted(asked, key=lambda one: (sha(one[0], salt), sha(one[1], salt)))
        keys = [mixed(np.array([sha(m, salt)], np.uint64), np.array([sha(s, salt)], np.uint64))[0] for m, s in asked]
        assert pool.request_key.tolist() == keys


def test_the_order_in_which_requests_are_given_does_not_matter() -> None:
    """Would be broken: `Problem.build` with requests from anywhere."""
    one, other = pool_of(some(), shuffle=1), pool_of(some(), shuffle=2)
    assert list(one.requests) == list(other.requests)
    assert one.request_key.tolist() == other.request_key.tolist()


def test_people_who_are_not_there_have_no_place() -> None:
    """Would be broken: everything that is looked up by a person's place among the mentors."""
    pool = pool_of(some())
    people = pool.organisation.people
    assert [people.id(code) for code in np.flatnonzero(pool.mentor_place < 0).tolist()] == ["new", "old"]
    assert (pool.mentors[pool.mentor_place[pool.mentors]] == pool.mentors).all()
    assert pool.forest.manager[people.code("bob")] == people.code("ann")


def test_a_pool_without_requests_has_mentors_all_the_same() -> None:
    """Would be broken: rounds in which nobody asks for anything."""
    pool = pool_of(organisation("ann bob"))
    assert len(pool.requests) == 0
    assert len(pool.request_key) == 0
    assert len(pool.mentors) == 2


def test_mixed_hashes_differ_for_swapped_and_neighbouring_pairs() -> None:
    """Would be broken: the tie order, if pairs shared their hash."""
    one, other = np.meshgrid(np.arange(64, dtype=np.uint64), np.arange(64, dtype=np.uint64))
    assert len(np.unique(mixed(one, other))) == 64 * 64
