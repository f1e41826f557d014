"""Which cells of a table are kept back, so that nothing published is about a few people, not even after subtracting.

A table of sums has cells, a total for each row and column, and one for everything. Whoever knows some of these numbers
knows every sum and difference of them. So a cell of a few people is not enough to hide: with its row's total and the
other cells of the row it can be computed. What is kept back besides follows from the sizes of the groups alone, and
never from the numbers, so that the pattern itself tells nothing.

Seen as a graph, each row and each column is a vertex and each hidden cell an edge between its row and its column. The
combinations of published totals that concern hidden cells alone are then exactly the cuts of that graph: give every
vertex a number, and a hidden cell takes part where the numbers of its two ends differ. Rows whose own total is hidden
cannot be told apart and are one vertex; so are such columns. The table is safe where every cut concerns enough people.
"""

from collections.abc import Iterator, Set
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.shapes import distinct
from taskmentor.models.tables import hold_read_only

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Hidden", "Members", "hide", "hide_totals", "n_different"]

Mask = NDArray[np.bool_]


def n_different(codes: NDArray[np.integer]) -> int:
    """Return how many different codes, 0 or more, there are."""
    return int(np.count_nonzero(np.bincount(codes)))


@frozen(eq=False, kw_only=True)
class Members:
    """Who is counted in which cell of a table; one person may be in several cells.

    Attributes:
        n_rows: How many rows the table has.
        n_columns: How many columns.
        cell: Places of cells, row by row, rising. Shape (n,).
        person: Person codes, each once a cell. Shape (n,).
    """

    n_rows: int
    n_columns: int
    cell: NDArray[np.int64]
    person: NDArray[np.int32]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    @classmethod
    def of(
        cls, row: NDArray[np.integer], column: NDArray[np.integer], person: NDArray[np.integer], shape: tuple[int, int]
    ) -> "Members":
        """Return the members from one row for each number that is added up, in any order.

        Args:
            row: Rows of the table. Shape (n,).
            column: Columns of the table. Shape (n,).
            person: Person codes. Shape (n,).
            shape: How many rows and columns the table has.
        """
        n_people = int(person.max(initial=0)) + 1
        cell = row.astype(np.int64) * shape[1] + column
        once = distinct(cell * n_people + person)
        return cls(
            n_rows=shape[0],
            n_columns=shape[1],
            cell=once // n_people,
            person=(once % n_people).astype(np.int32),
        )

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """Return how many people each cell has. Shape (n_rows, n_columns)."""
        count = np.bincount(self.cell, minlength=self.n_rows * self.n_columns)
        return count.reshape(self.n_rows, self.n_columns)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Return how many people each row has. Shape (n_rows,)."""
        if self.n_columns == 1:
            return self.cells[:, 0]
        return self._distinct(self.cell // self.n_columns, self.n_rows)

    @cached_property
    def columns(self) -> NDArray[np.int64]:
        """Return how many people each column has. Shape (n_columns,)."""
        if self.n_columns == 1:
            return np.array([self.all])
        return self._distinct(self.cell % self.n_columns, self.n_columns)

    @cached_property
    def all(self) -> int:
        """Return how many people there are."""
        return n_different(self.person)

    def _distinct(self, group: NDArray[np.int64], n_groups: int) -> NDArray[np.int64]:
        n_people = int(self.person.max(initial=0)) + 1
        return np.bincount(distinct(group * n_people + self.person) // n_people, minlength=n_groups)

    def among(self, cells: Mask) -> NDArray[np.int32]:
        """Return the people of some cells, once for each cell they are in.

        Args:
            cells: Which cells. Shape (n_rows, n_columns).
        """
        return self.person[cells.ravel()[self.cell]]


@frozen(eq=False, kw_only=True)
class Hidden:
    """What of a table is kept back.

    Attributes:
        cells: Shape (n_rows, n_columns).
        rows: Whether the row's total is. Shape (n_rows,).
        columns: Whether the column's total is. Shape (n_columns,).
        all: Whether the total of everything is.
    """

    cells: Mask
    rows: Mask
    columns: Mask
    all: bool

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)


def hide(members: Members, *, smallest: int) -> Hidden:
    """Return what to keep back of a table so that no sum or difference of what is left is about too few people.

    Kept back are the cells and totals of fewer people than that, and as many more, smaller ones first, as it takes
    for every combination of published numbers that concerns hidden cells to concern enough people. Cells of nobody are
    always shown. A table of one column has no totals of rows, as they would be its cells again.

    Args:
        members: Who is in which cell.
        smallest: The fewest people whose numbers are shown together.

    Source:
        Cox (1980), Suppression methodology and statistical disclosure control, JASA 75: primary and complementary
        suppression; Gusfield (1988), A graph theoretic approach to statistical data security, SIAM J. Comput. 17: what
        published totals tell of hidden cells, as cuts. Minimum cuts are found as in Stoer and Wagner (1997). Here cells
        weigh the people in them.

    Complexity:
        O(n log n) for n members, and for tables of two columns or more a minimum cut of a graph with a vertex for each
        row and column, once for each cut that is mended.
    """
    if members.all < smallest:
        return _everything(members)
    table = _Table(members=members, smallest=smallest)
    table.hide_beside()
    return table.mended()


def hide_totals(members: Members, *, smallest: int) -> Hidden:
    """Return what to keep back of the totals of a table that is shown without its cells; see `hide`.

    Two lists of totals, one by rows and one by columns, tell more together than each alone: what a department has in
    all skills, less what these skills have in all departments, may be about the one outside it who knows one of them.
    Where a total has to go, it is one of a column.
    """
    if members.all < smallest:
        return _everything(members)
    table = _Table(members=members, smallest=smallest, columns_first=True)
    table.cells = members.cells > 0
    return table.mended()


def _everything(members: Members) -> Hidden:
    rows, columns = np.ones(members.n_rows, np.bool_), np.ones(members.n_columns, np.bool_)
    return Hidden(cells=members.cells > 0, rows=rows, columns=columns, all=True)


@define(kw_only=True)
class _Table:
    """A table of which more and more is hidden, until it is safe.

    Attributes:
        members: Who is in which cell.
        smallest: The fewest people whose numbers are shown together.
        columns_first: Whether totals of columns are hidden before those of rows, whatever their sizes.
        people: How many people each cell has. Shape (n_rows, n_columns).
        few: The cells of somebody, but of fewer people than are shown together.
        cells: The cells that are hidden.
        rows: The rows whose total is not there.
        columns: The columns whose total is hidden.
    """

    members: Members
    smallest: int
    columns_first: bool = False
    people: NDArray[np.int64] = field(init=False)
    few: Mask = field(init=False)
    cells: Mask = field(init=False)
    rows: Mask = field(init=False)
    columns: Mask = field(init=False)

    def __attrs_post_init__(self) -> None:
        members, n_columns = self.members, self.members.n_columns
        self.people = members.cells
        self.few = (self.people > 0) & (self.people < self.smallest)
        self.cells = self.few.copy()
        self.columns = self._hidden_totals(members.columns, members.cell % n_columns)
        self.rows = self._hidden_totals(members.rows, members.cell // n_columns)
        if n_columns == 1:
            self.rows[:] = True

    def _hidden_totals(self, counts: NDArray[np.int64], group: NDArray[np.int64]) -> Mask:
        """Return the totals of too few people, and the next smallest where all totals together would tell those."""
        hidden: Mask = (counts > 0) & (counts < self.smallest)
        if hidden.any() and n_different(self.members.person[hidden[group]]) < self.smallest:
            shown = np.flatnonzero((counts > 0) & ~hidden)
            hidden[shown[np.argmin(counts[shown])]] = True
        return hidden

    @cached_property
    def enough(self) -> int:
        """Return the weight that a cut must have: each person may be in several cells of few, and counts once."""
        return self.smallest * int(np.bincount(self.members.among(self.few)).max(initial=1))

    def ends(self, row: int, column: int) -> tuple[int, int]:
        """Return the vertices of a row and a column; those without a total of their own are one."""
        n_rows, n_columns = self.people.shape
        one = n_rows + n_columns if self.rows[row] else row
        other = n_rows + n_columns + 1 if self.columns[column] else n_rows + column
        return one, other

    def hide_beside(self) -> None:
        """Hide, in each row and column whose total would tell its hidden cells, the smallest cell that is shown.

        It has enough people, so that no sum over that row or column alone is about too few any more.
        """
        never = np.iinfo(np.int64).max
        for totals, hidden, people in (
            (self.rows, self.cells, self.people),
            (self.columns, self.cells.T, self.people.T),
        ):
            for place in np.flatnonzero(~totals).tolist():
                shown = np.where((people[place] > 0) & ~hidden[place], people[place], never)
                smallest = int(shown.argmin())
                if 0 < people[place][hidden[place]].sum() < self.enough and shown[smallest] < never:
                    hidden[place, smallest] = True

    def thin_cut(self) -> tuple[Set[int], Set[int]] | None:
        """Return the sides of a cut that may concern too few people; None where every cut concerns enough."""
        import networkx as nx

        merged = _Merged(n_vertices=sum(self.people.shape) + 2)
        for row, column in np.argwhere(self.cells & (self.people >= self.smallest)).tolist():
            merged.join(*self.ends(row, column))
        few = [
            (*self.ends(row, column), int(self.people[row, column])) for row, column in np.argwhere(self.few).tolist()
        ]
        while (graph := merged.graph(few, self.enough)) is None:
            pass
        for component in nx.connected_components(graph):
            side = {min(component)}
            if len(component) > 2:
                lightest, (one_side, _) = nx.stoer_wagner(graph.subgraph(component))
                side = set(one_side)
                if lightest >= self.enough:
                    continue
            elif self.people_between(merged, component) >= self.smallest:  # one cut, whose people can be counted
                continue
            return merged.members(side), merged.members(component - side)
        return None

    def people_between(self, merged: "_Merged", roots: Set[int]) -> int:
        """Return how many people are in the hidden cells between two sides."""
        between = np.zeros_like(self.cells)
        for row, column in np.argwhere(self.few).tolist():
            one, other = (merged.root(end) for end in self.ends(row, column))
            between[row, column] = one != other and {one, other} <= roots
        return n_different(self.members.among(between))

    def mended(self) -> Hidden:
        """Return what is hidden once every cut concerns enough people."""
        while (cut := self.thin_cut()) is not None:
            self.mend(*cut)
        return Hidden(cells=self.cells, rows=self.rows, columns=self.columns, all=False)

    def mend(self, side: Set[int], other_side: Set[int]) -> None:
        """Hide what makes a cut concern enough people: cells on a second way across, else a total."""
        way = [*self.way_across(side, other_side)]
        for row, column in way:
            self.cells[row, column] = True
        if not way:
            self.hide_total()

    def way_across(self, side: Set[int], other_side: Set[int]) -> Iterator[tuple[int, int]]:
        """Yield the shown cells, of the fewest people, on a way across a cut that leads around its own cells."""
        import networkx as nx

        graph: nx.Graph[int] = nx.Graph()
        for row, column in np.argwhere(self.people > 0).tolist():
            one, other = self.ends(row, column)
            hidden = bool(self.cells[row, column])
            if hidden and {one in side, other in side} == {True, False} and {one, other} <= side | other_side:
                continue
            cost = 0 if hidden else int(self.people[row, column])
            if cost < graph.get_edge_data(one, other, {"cost": cost + 1})["cost"]:
                graph.add_edge(one, other, cost=cost, cell=(row, column))
        from_side = sorted(side & set(graph))
        if not from_side:
            return
        costs = dict(nx.multi_source_dijkstra_path_length(graph, from_side, weight="cost"))
        reached = [(costs[vertex], vertex) for vertex in other_side if vertex in costs]
        if not reached:
            return
        way = nx.multi_source_dijkstra_path(graph, from_side, weight="cost")[min(reached)[1]]
        for one, other in pairwise(way):
            edge = graph.edges[one, other]
            if edge["cost"]:
                yield edge["cell"]

    def hide_total(self) -> None:
        """Hide the total of the fewest people that is still shown: of a row, else of a column, or the other way."""
        shown = [
            (self.columns_first and totals is self.rows, int(count), totals is self.columns, place)
            for totals, counts in ((self.rows, self.members.rows), (self.columns, self.members.columns))
            for place, count in enumerate(counts.tolist())
            if count and not totals[place]
        ]
        *_, of_column, place = min(shown)
        (self.columns if of_column else self.rows)[place] = True


@define(kw_only=True)
class _Merged:
    """Vertices between which every cut concerns enough people, taken as one.

    Attributes:
        n_vertices: How many vertices there are.
        above: A vertex that each is one with, itself at the top.
    """

    n_vertices: int
    above: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.above = list(range(self.n_vertices))

    def root(self, vertex: int) -> int:
        """Return the vertex that stands for all that one is one with."""
        while self.above[vertex] != vertex:
            self.above[vertex] = vertex = self.above[self.above[vertex]]
        return vertex

    def join(self, one: int, other: int) -> None:
        """Take two vertices as one."""
        low, high = sorted((self.root(one), self.root(other)))
        self.above[high] = low

    def members(self, roots: Set[int]) -> Set[int]:
        """Return every vertex that some stand for."""
        return {vertex for vertex in range(self.n_vertices) if self.root(vertex) in roots}

    def graph(self, few: list[tuple[int, int, int]], enough: int) -> "nx.Graph[int] | None":
        """Return what is left between vertices, with weights; None where some of it was enough and is merged now."""
        import networkx as nx

        graph: nx.Graph[int] = nx.Graph()
        for one, other, people in few:
            ends = self.root(one), self.root(other)
            if ends[0] != ends[1]:
                before = graph.get_edge_data(*ends, {"weight": 0})["weight"]
                graph.add_edge(*ends, weight=before + people)
        heavy = [(one, other) for one, other in graph.edges if graph.edges[one, other]["weight"] >= enough]
        for one, other in heavy:
            self.join(one, other)
        return None if heavy else graph
