"""The layout of a shard, counted out: a dozen of NumPy's calls took longer on so few numbers. See packing.py."""

from ._compile import kernel

__all__ = ["find_last", "find_previous", "lay_out", "place_rows"]


@kernel
def lay_out(lengths, batch_sizes, starts):
    """batch_sizes[t] = rows longer than t; starts[t] = positions before time step t.

    lengths : (rows,) int64, falling; batch_sizes, starts : (lengths[0],) int64, out
    """
    alive, begin = lengths.size, 0
    for t in range(starts.size):
        while lengths[alive - 1] <= t:
            alive -= 1
        batch_sizes[t], starts[t] = alive, begin
        begin += alive


@kernel
def place_rows(batch_sizes, starts, begins, places):
    """places[starts[t] + r] = begins[r] + t for the rows alive at each t. All int64; places : (tokens,), out."""
    for t in range(starts.size):
        for r in range(batch_sizes[t]):
            places[starts[t] + r] = begins[r] + t


@kernel
def find_last(lengths, starts, last):
    """last[r] = position of row r's last time step, -1 for an empty row. All int64; last : (rows,), out."""
    for r in range(last.size):
        last[r] = starts[lengths[r] - 1] + r if lengths[r] > 0 else -1


@kernel
def find_previous(batch_sizes, starts, rows, previous):
    """previous[p] = where p's row was one time step before: row numbers first, then positions. All int64.

    rows : of the shard, so that position p stands at rows + p; previous : (tokens,), out
    """
    for t in range(starts.size):
        before = 0 if t == 0 else rows + starts[t - 1]
        for r in range(batch_sizes[t]):
            previous[starts[t] + r] = before + r
