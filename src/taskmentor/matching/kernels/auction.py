"""An auction of mentors' places among requests: prices at which almost everybody gets almost what suits them best."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import kernel

__all__ = ["Asked", "Lists", "Places", "bid", "find_stale", "put_again", "put_in"]

Whole = NDArray[np.signedinteger]

NONE, NEVER = -1, -2
"""No mentor yet, and none at any price that is still to come."""


class Asked(NamedTuple):
    """The requests, as bidders see them.

    Attributes:
        first: Where the requests of each mentee begin; they stand together. Shape (n_mentees + 1,).
        mentee: Shape (n_requests,).
        kind: -1 for requests that take no part. Shape (n_requests,).
        base: What any mentor is worth to the request, beside what it is worth to the kind. Shape (n_requests,).
        exception_start: Where the exceptions of each request begin. Shape (n_requests + 1,).
        exception_mentor: Shape (n_exceptions,).
        exception_points: In place of what the mentor is worth to the kind. Shape (n_exceptions,).
        least: What barred pairs are worth at most.
    """

    first: NDArray[np.int64]
    mentee: NDArray[np.int32]
    kind: NDArray[np.int32]
    base: NDArray[np.int64]
    exception_start: NDArray[np.int64]
    exception_mentor: NDArray[np.int32]
    exception_points: Whole
    least: int


class Lists(NamedTuple):
    """The mentors that are worth most to each kind, at prices that have only risen since.

    Attributes:
        start: Where the list of each kind begins. Shape (n_kinds,).
        length: How long it is. Shape (n_kinds,).
        beyond: No other mentor is worth more to the kind, less the price. Shape (n_kinds,).
        mentor: Best first by `net`.
        points: What they are worth to the kind.
        net: The same less their price when the list was made.
    """

    start: NDArray[np.int64]
    length: NDArray[np.int32]
    beyond: Whole
    mentor: NDArray[np.int32]
    points: Whole
    net: Whole


class Places(NamedTuple):
    """The places of every mentor, those of each as a heap with the cheapest first.

    Attributes:
        start: Where the places of each mentor begin. Shape (n_mentors + 1,).
        cost: What each place was last sold for, or its first price. Shape (n_places,).
        holder: The request that holds it, -1 for none. Shape (n_places,).
        price: The cost of each mentor's cheapest place. Shape (n_mentors,).
    """

    start: NDArray[np.int64]
    cost: NDArray[np.int64]
    holder: NDArray[np.int32]
    price: Whole


@kernel
def look(asked: Asked, lists: Lists, price: Whole, request: int) -> tuple[int, int, int, bool]:
    """Return the best mentor at present prices, its worth, what the next is worth at most, and if that is sure."""
    kind = asked.kind[request]
    begin, end = asked.exception_start[request], asked.exception_start[request + 1]
    best, second, who = asked.least, asked.least, -1
    for entry in range(lists.start[kind], lists.start[kind] + lists.length[kind]):
        if lists.net[entry] <= second:
            break
        mentor = lists.mentor[entry]
        net = lists.points[entry] - price[mentor]
        if net <= second:
            continue
        listed = False
        for exception in range(begin, end):
            listed |= asked.exception_mentor[exception] == mentor
        if listed:
            continue
        if net > best:
            best, second, who = net, best, mentor
        else:
            second = net
    for exception in range(begin, end):
        if asked.exception_points[exception] <= asked.least:
            continue
        mentor = asked.exception_mentor[exception]
        net = asked.exception_points[exception] - price[mentor]
        if net > best:
            best, second, who = net, best, mentor
        elif net > second:
            second = net
    beyond = lists.beyond[kind]
    sure = best >= beyond
    second = max(second, beyond)
    return who, best + asked.base[request], second + asked.base[request], sure


@kernel
def sell(places: Places, mentor: int, request: int, cost: int) -> int:
    """Sell a mentor's cheapest place to a request; return the request that held it, -1 for none."""
    begin, end = places.start[mentor], places.start[mentor + 1]
    before = places.holder[begin]
    size = end - begin
    place = 0
    child = 1
    while child < size:
        if child + 1 < size and places.cost[begin + child + 1] < places.cost[begin + child]:
            child += 1
        if places.cost[begin + child] >= cost:
            break
        places.cost[begin + place] = places.cost[begin + child]
        places.holder[begin + place] = places.holder[begin + child]
        place = child
        child = 2 * place + 1
    places.cost[begin + place] = cost
    places.holder[begin + place] = request
    places.price[mentor] = places.cost[begin]
    return int(before)


@kernel
def bid(
    asked: Asked,
    lists: Lists,
    places: Places,
    step: int,
    room: NDArray[np.int32],
    mentor_of: NDArray[np.int32],
    queue: NDArray[np.int32],
    state: NDArray[np.int64],
    waits: NDArray[np.bool_],
    parked: NDArray[np.int32],
    stale: NDArray[np.bool_],
    most: int,
) -> int:
    """Let the mentees in a queue bid until nobody bids any more, or all who still would wait for a list to be renewed.

    A mentee with a place left bids for the best mentor of the best request, as much more than the price as would make
    the next best use of that place as good, and a step on top. Who is outbid queues up again.

    Args:
        asked: The requests.
        lists: The best mentors of each kind.
        places: The mentors' places; written.
        step: How much a bid is raised beyond the point of indifference, 1 or more.
        room: Places that each mentee has left; written. Shape (n_mentees,).
        mentor_of: The mentor of each request, `NONE`, or `NEVER` where no mentor is worth the price any more; written.
            Shape (n_requests,).
        queue: A ring of mentees. Shape (n_mentees + 1,).
        state: Begin and end of the queue, length of `parked`; written. Shape (3,).
        waits: Which mentees are in the queue or parked; written. Shape (n_mentees,).
        parked: Written: mentees who wait for a list. Shape (n_mentees,).
        stale: Written: kinds whose list is too old. Shape (n_kinds,).
        most: After so many bids the kernel returns.

    Returns:
        How many bids were made.

    Source:
        Bertsekas, "The auction algorithm: a distributed relaxation method for the assignment problem", Annals of
        Operations Research 14 (1988); similar objects as in Bertsekas and Castañon, "The auction algorithm for the
        transportation problem", Annals of Operations Research 20 (1989). Several requests of one mentee that share its
        places are added here.
    """
    begin, end, n_parked = state[0], state[1], state[2]
    longest = 0
    for mentee in range(len(room)):
        longest = max(longest, asked.first[mentee + 1] - asked.first[mentee])
    worth = np.empty(longest, np.int64)
    bids = 0
    while begin != end and bids < most:
        mentee = queue[begin]
        begin = begin + 1 if begin + 1 < len(queue) else 0
        waits[mentee] = False
        while room[mentee] > 0:
            top, top_request, top_mentor, other, n_open = 0, -1, -1, 0, 0
            ready = True
            for request in range(asked.first[mentee], asked.first[mentee + 1]):
                if mentor_of[request] != NONE or asked.kind[request] < 0:
                    continue
                who, best, second, sure = look(asked, lists, places.price, request)
                if not sure and max(best, second) > 0:
                    stale[asked.kind[request]] = True
                    ready = False
                if best <= 0 and second <= 0:
                    mentor_of[request] = NEVER
                if best > 0:
                    n_open = put_in_order(worth, n_open, best)
                if best > top:
                    top, top_request, top_mentor, other = best, request, who, second
            if not ready:
                # Still marked as waiting: being outbid meanwhile must not bring it into the queue a second time.
                waits[mentee] = True
                parked[n_parked] = mentee
                n_parked += 1
                break
            if top_request < 0:
                break
            # A place that is not used for the best request is of use for the first one that else finds no place.
            if n_open > room[mentee]:
                other = max(other, worth[room[mentee]])
            other = max(other, 0)
            outbid = sell(places, top_mentor, top_request, places.price[top_mentor] + top - other + step)
            bids += 1
            mentor_of[top_request] = top_mentor
            room[mentee] -= 1
            if outbid >= 0:
                mentor_of[outbid] = NONE
                loser = asked.mentee[outbid]
                room[loser] += 1
                if not waits[loser] and loser != mentee:
                    waits[loser] = True
                    queue[end] = loser
                    end = end + 1 if end + 1 < len(queue) else 0
    state[0], state[1], state[2] = begin, end, n_parked
    return bids


@kernel
def put_in_order(numbers: NDArray[np.int64], n: int, number: int) -> int:
    """Put a number among the first n, greatest first, and return how many there are now."""
    place = n
    while place > 0 and numbers[place - 1] < number:
        numbers[place] = numbers[place - 1]
        place -= 1
    numbers[place] = number
    return n + 1


@kernel
def put_again(lists: Lists, kinds: NDArray[np.int64], price: Whole) -> None:
    """Put the lists of some kinds in order again, for other prices; equals stay in the order they stand in.

    Args:
        lists: The lists; written.
        kinds: Kinds; what nobody beyond their lists exceeds is left as it is. Shape (n,).
        price: Points. Shape (n_mentors,).

    Complexity:
        O(w) for lists of w mentors in all that are nearly in order, O(w) for each mentor of a list at the worst.
    """
    for kind in kinds:
        begin = lists.start[kind]
        for entry in range(begin, begin + lists.length[kind]):
            mentor, points = lists.mentor[entry], lists.points[entry]
            net = points - price[mentor]
            place = entry
            while place > begin and lists.net[place - 1] < net:
                lists.mentor[place] = lists.mentor[place - 1]
                lists.points[place] = lists.points[place - 1]
                lists.net[place] = lists.net[place - 1]
                place -= 1
            lists.mentor[place], lists.points[place], lists.net[place] = mentor, points, net


@kernel
def put_in(
    lists: Lists,
    width: NDArray[np.int64],
    kinds: NDArray[np.int64],
    price: Whole,
    start: NDArray[np.int64],
    count: NDArray[np.int32],
    beyond: Whole,
    mentor: NDArray[np.int32],
    net: Whole,
) -> None:
    """Put further mentors into the lists of some kinds, in order; who falls off the end raises what lies beyond.

    Args:
        lists: The lists, in order for these prices; written.
        width: How many each list has room for. Shape (n_kinds,).
        kinds: Kinds, each once. Shape (n,).
        price: Points. Shape (n_mentors,).
        start: Where the further mentors of each of these kinds begin. Shape (n,).
        count: How many they are. Shape (n,).
        beyond: What no other further mentor is worth more than, less the price. Shape (n,).
        mentor: Further mentors; those in the list already are passed over.
        net: What they are worth to the kind, less their prices.
    """
    for place in range(len(kinds)):
        kind = kinds[place]
        begin, size, bound = lists.start[kind], lists.length[kind], max(lists.beyond[kind], beyond[place])
        for entry in range(start[place], start[place] + count[place]):
            who, worth = mentor[entry], net[entry]
            listed = False
            for known in range(begin, begin + size):
                listed |= lists.mentor[known] == who
            if listed:
                continue
            if size == width[kind]:
                last = begin + size - 1
                bound = max(bound, min(worth, lists.net[last]))
                if worth <= lists.net[last]:
                    continue
                size -= 1
            to = begin + size
            while to > begin and lists.net[to - 1] < worth:
                lists.mentor[to], lists.points[to], lists.net[to] = (
                    lists.mentor[to - 1],
                    lists.points[to - 1],
                    lists.net[to - 1],
                )
                to -= 1
            lists.mentor[to], lists.points[to], lists.net[to] = who, worth + price[who], worth
            size += 1
        lists.length[kind], lists.beyond[kind] = size, bound


@kernel
def find_stale(lists: Lists, wanted: NDArray[np.int64], floor: Whole, stale: NDArray[np.bool_]) -> None:
    """Mark the kinds of which fewer mentors than are wanted are sure to be the best ones, and some may be missing.

    Args:
        lists: The lists, in order.
        wanted: How many there should be. Shape (n_kinds,).
        floor: Who is worth no more to the kind is not missed. Shape (n_kinds,).
        stale: Written. Shape (n_kinds,).
    """
    for kind in range(len(lists.start)):
        begin, sure = lists.start[kind], 0
        while sure < min(wanted[kind], lists.length[kind]) and lists.net[begin + sure] >= lists.beyond[kind]:
            sure += 1
        stale[kind] = sure < wanted[kind] and lists.beyond[kind] > floor[kind]
