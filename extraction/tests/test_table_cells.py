"""The cells that crossing lines enclose are those that pdfplumber finds."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st
from pdfplumber.table import edges_to_intersections, intersections_to_cells, merge_edges

from extraction.readers.pdf_tables import SNAP_PT, _edge
from extraction.readers.table_cells import cells_of

PLACE = st.integers(0, 6).map(lambda n: n * 10.0)
LEVEL = st.tuples(PLACE, PLACE, PLACE).map(lambda t: _edge("h", min(t[:2]), t[2], max(t[:2]), t[2]))
UPRIGHT = st.tuples(PLACE, PLACE, PLACE).map(lambda t: _edge("v", t[2], min(t[:2]), t[2], max(t[:2])))


@settings(max_examples=200, deadline=None)
@given(edges=st.lists(st.one_of(LEVEL, UPRIGHT), max_size=30), merging=st.booleans())
def test_any_lines_enclose_the_cells_that_pdfplumber_finds(edges, merging):
    if merging:
        edges = merge_edges(edges, SNAP_PT, SNAP_PT, SNAP_PT, SNAP_PT)
    crossings = edges_to_intersections(edges, SNAP_PT, SNAP_PT)
    assert cells_of(crossings) == intersections_to_cells(crossings)


def test_a_grid_has_its_cells_row_by_row_and_a_missing_line_joins_two():
    level = [_edge("h", 0, y, 30, y) for y in (0, 10, 20)]
    upright = [_edge("v", x, 0, x, 20) for x in (0, 30)]
    short = _edge("v", 15, 0, 15, 10)
    cells = cells_of(edges_to_intersections([*level, *upright, short], 1, 1))
    assert sorted(cells) == [(0, 0, 15, 10), (0, 10, 30, 20), (15, 0, 30, 10)]


def test_no_lines_enclose_nothing():
    assert cells_of({}) == []


def test_a_grid_of_thousands_of_crossings_is_a_matter_of_moments():
    level = [_edge("h", 0, 5 * n, 500, 5 * n) for n in range(70)]
    upright = [_edge("v", 5 * n, 0, 5 * n, 500) for n in range(70)]
    crossings = edges_to_intersections([*level, *upright], 1, 1)
    started = time.process_time()
    assert len(cells_of(crossings)) == 69 * 69
    assert time.process_time() - started < 3
