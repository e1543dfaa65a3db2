"""Operations that Numba does not offer, written as LLVM instructions.

`fma(a, b, c)` is a * b + c with one rounding, on every machine: where the processor has no such
instruction, LLVM calls the C library's. `tile` is the heart of every product: a block of the result,
a few rows by a few vectors wide, stays in registers while k runs. The copies move
a row of a packed factor.

All are exact by their definition (IEEE 754), so the width of a vector and the shape of a tile change
the speed and never a bit.
"""

import platform
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ._compile import target_features

__all__ = [
    "FEW",
    "GROUP",
    "LANES",
    "ROWS",
    "VECTORS",
    "WIDE",
    "copy_panel",
    "copy_strip",
    "copy_vector",
    "fma",
    "tile",
    "tile_group",
    "tile_group_tail",
    "tile_tail",
]

INDEX = ir.IntType(64)
BIT = ir.IntType(1)


def _shape() -> tuple[int, int, int]:
    """Give the float32 lanes of a vector, and the rows and vectors of a tile: as many sums as registers hold."""
    _, features = target_features()
    if "+avx512f" in features:
        return 16, 8, 2
    return (8, 4, 3) if platform.machine().lower() in ("x86_64", "amd64") else (4, 8, 2)


LANES, ROWS, VECTORS = _shape()
GROUP = 4
"""Panels that a single row is multiplied by at once: enough sums to hide the time that an addition takes."""
WIDE = 2 * ROWS
"""Rows of a strip, which a packed left factor is cut into."""
FEW = ROWS // 2
"""From so many rows on, a tile that repeats its last row is faster than a group of panels for each row."""


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """A * b + c, rounded once."""
    if not (isinstance(a, types.Float) and a == b == c):
        return None

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return a(a, b, c), codegen


def _make_tile(rows: int, vectors: int, panels: int = 1, masked: bool = False) -> Any:
    """Make the tile of a fixed shape. All strides and starts count elements.

    The result is an intrinsic `tile(a, a_start, a_row, a_k, b, b_start, b_panel, s, s_start, s_row, c, c_start, c_row,
    depth, live, width, fresh)` that does, for the first `live` of its rows i and its columns j:

        fresh == 0:  c[i, j] = ((s[i, j] + a[i, 0] b[0, j]) + a[i, 1] b[1, j]) + ...
        fresh == 1:  c[i, j] = s[i, j] + ((0 + a[i, 0] b[0, j]) + ...)

    each `+ a b` one fused multiply-add. b is packed (product.py): a panel's rows lie one behind the other, `b_panel`
    elements from a panel to the next; the tile is `panels` of them wide, or some vectors of one. s may be c itself.
    Rows from `live` on repeat row `live - 1`, and write its bits once more: every s is read before any c is written.
    `width` is read where `masked`: columns of s and c from it on are left alone, and panels past it repeat the last.
    """

    @intrinsic
    def make(
        typingctx: Any, a: Any, a_start: Any, a_row: Any, a_k: Any, b: Any, b_start: Any, b_panel: Any,
        s: Any, s_start: Any, s_row: Any, c: Any, c_start: Any, c_row: Any,
        depth: Any, live: Any, width: Any, fresh: Any,
    ) -> Any:  # fmt: skip
        i8 = types.intp
        signature = types.void(a, i8, i8, i8, b, i8, i8, s, i8, i8, c, i8, i8, i8, i8, i8, i8)

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _Tile(context, builder, signature, arguments, (rows, vectors, panels), masked).emit()
            return context.get_dummy_value()

        return signature, codegen

    return make


class _Tile:
    """Emits one tile: loads, the loop over k, stores."""

    def __init__(
        self, context: Any, builder: Any, signature: Any, arguments: Any, shape: tuple[int, int, int], masked: bool
    ):
        self.builder, self.masked = builder, masked
        self.rows, self.vectors, self.panels = shape
        self.columns = self.vectors * self.panels  # in vectors
        a, a_start, self.a_row, self.a_k, b, b_start, self.b_panel, s, s_start, self.s_row = arguments[:10]
        c, c_start, self.c_row, self.depth, self.live, width, fresh = arguments[10:]
        element = signature.args[0].dtype
        self.scalar = ir.FloatType() if element == types.float32 else ir.DoubleType()
        self.bytes = element.bitwidth // 8
        self.lanes = LANES * 4 // self.bytes
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.a, self.b, self.s, self.c = (
            builder.gep(context.make_array(kind)(context, builder, array).data, [start])
            for kind, array, start in (
                (signature.args[0], a, a_start),
                (signature.args[4], b, b_start),
                (signature.args[7], s, s_start),
                (signature.args[10], c, c_start),
            )
        )
        self.fresh = builder.icmp_signed("!=", fresh, INDEX(0))
        self.panel_index = [self._panel(p, width) for p in range(self.panels)]
        self.b_panels = [builder.gep(self.b, [self._times(p, self.b_panel)]) for p in self.panel_index]
        self.masks = [[self._lane_mask(width, p, v) for v in range(self.vectors)] for p in self.panel_index]

    def emit(self) -> None:
        builder, zero = self.builder, ir.Constant(self.vector, None)
        row_index = [self._row(i) for i in range(self.rows)]
        places = [
            (i, builder.add(self._times(p, INDEX(VECTORS * self.lanes)), INDEX(v * self.lanes)), mask)
            for i in row_index
            for p, masks in zip(self.panel_index, self.masks, strict=True)
            for v, mask in enumerate(masks)
        ]
        targets = [self._at(self.c, builder.add(self._times(i, self.c_row), column)) for i, column, _ in places]
        sources = [self._at(self.s, builder.add(self._times(i, self.s_row), column)) for i, column, _ in places]
        masks = [mask for _, _, mask in places]
        before = [self._load(source, mask) for source, mask in zip(sources, masks, strict=True)]
        begin = [builder.select(self.fresh, zero, value) for value in before]
        end = self._loop(begin, [self._times(i, self.a_row) for i in row_index])
        for target, value, old, mask in zip(targets, end, before, masks, strict=True):
            rest = builder.select(self.fresh, old, ir.Constant(self.vector, [-0.0] * self.lanes))  # x + -0 is x
            self._store(builder.fadd(rest, value), target, mask)

    def _loop(self, begin: list[Any], a_rows: list[Any]) -> list[Any]:
        builder = self.builder
        entry, body, done = builder.block, builder.append_basic_block("k"), builder.append_basic_block("done")
        builder.cbranch(builder.icmp_signed(">", self.depth, INDEX(0)), body, done)
        builder.position_at_end(body)
        k = self._phi(INDEX, INDEX(0), entry)
        sums = [self._phi(self.vector, value, entry) for value in begin]
        after = self._step(k, sums, a_rows)
        k_next = builder.add(k, INDEX(1))
        k.add_incoming(k_next, body)
        for total, value in zip(sums, after, strict=True):
            total.add_incoming(value, body)
        builder.cbranch(builder.icmp_signed("<", k_next, self.depth), body, done)
        builder.position_at_end(done)
        ends = [self._phi(self.vector, value, entry) for value in begin]
        for total, value in zip(ends, after, strict=True):
            total.add_incoming(value, body)
        return ends

    def _step(self, k: Any, sums: list[Any], a_rows: list[Any]) -> list[Any]:
        builder = self.builder
        b_row = self._times(k, INDEX(VECTORS * self.lanes))
        b = [
            builder.load(self._at(panel, builder.add(b_row, INDEX(v * self.lanes))), align=self.bytes)
            for panel in self.b_panels
            for v in range(self.vectors)
        ]
        a_column = self._times(k, self.a_k)
        after = []
        for i, a_row in enumerate(a_rows):
            a = self._vector_of(builder.load(builder.gep(self.a, [builder.add(a_row, a_column)])), self.scalar)
            after += [self._fma(a, b[v], sums[i * self.columns + v]) for v in range(self.columns)]
        return after

    def _row(self, i: int) -> Any:
        last = self.builder.sub(self.live, INDEX(1))
        return self.builder.select(self.builder.icmp_signed("<", INDEX(i), last), INDEX(i), last)

    def _times(self, x: Any, y: Any) -> Any:
        return self.builder.mul(x, y)

    def _phi(self, kind: Any, value: Any, block: Any) -> Any:
        phi = self.builder.phi(kind)
        phi.add_incoming(value, block)
        return phi

    def _panel(self, p: int, width: Any) -> Any:
        """Number of the p-th panel, or of the last one that has a column."""
        if not self.masked or p == 0:
            return INDEX(p)
        last = self.builder.sdiv(self.builder.sub(width, INDEX(1)), INDEX(VECTORS * self.lanes))
        return self.builder.select(self.builder.icmp_signed("<", INDEX(p), last), INDEX(p), last)

    def _at(self, pointer: Any, offset: Any) -> Any:
        start = self.builder.gep(pointer, [offset])
        return self.builder.bitcast(start, self.vector.as_pointer())

    def _vector_of(self, scalar: Any, kind: Any) -> Any:
        undefined = ir.Constant(ir.VectorType(kind, self.lanes), ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def _lane_mask(self, width: Any, panel: Any, v: int) -> Any:
        """Which lanes of a panel's v-th vector lie before `width`; None for all."""
        if not self.masked:
            return None
        first = self.builder.add(self._times(panel, INDEX(VECTORS * self.lanes)), INDEX(v * self.lanes))
        left = self._vector_of(self.builder.sub(width, first), INDEX)
        lanes = ir.Constant(ir.VectorType(INDEX, self.lanes), list(range(self.lanes)))
        return self.builder.icmp_signed("<", lanes, left)

    def _load(self, pointer: Any, mask: Any) -> Any:
        if mask is None:
            return self.builder.load(pointer, align=self.bytes)
        kinds = [self.vector.as_pointer(), ir.IntType(32), mask.type, self.vector]
        function = self._intrinsic("masked.load", self.vector, kinds, ".p0")
        zero = ir.Constant(self.vector, None)
        return self.builder.call(function, [pointer, ir.IntType(32)(self.bytes), mask, zero])

    def _store(self, value: Any, pointer: Any, mask: Any) -> None:
        if mask is None:
            self.builder.store(value, pointer, align=self.bytes)
            return
        kinds = [self.vector, self.vector.as_pointer(), ir.IntType(32), mask.type]
        function = self._intrinsic("masked.store", ir.VoidType(), kinds, ".p0")
        self.builder.call(function, [value, pointer, ir.IntType(32)(self.bytes), mask])

    def _fma(self, a: Any, b: Any, c: Any) -> Any:
        function = self._intrinsic("fma", self.vector, [self.vector] * 3, "")
        return self.builder.call(function, [a, b, c])

    def _intrinsic(self, name: str, result: Any, kinds: list[Any], suffix: str) -> Any:
        full = f"llvm.{name}.v{self.lanes}f{self.bytes * 8}{suffix}"
        module = self.builder.module
        return module.globals.get(full) or ir.Function(module, ir.FunctionType(result, kinds), full)


tile = _make_tile(ROWS, VECTORS)
tile_tail = _make_tile(WIDE, 1, masked=True)
tile_group = _make_tile(1, VECTORS, GROUP)
tile_group_tail = _make_tile(1, VECTORS, GROUP, masked=True)


def _make_copy(elements: Callable[[int], int]) -> Any:
    """Make an intrinsic that copies so many elements, told by their size in bytes, in as few vectors as it takes."""

    @intrinsic
    def copy(typingctx: Any, source: Any, source_start: Any, target: Any, target_start: Any) -> Any:
        """target[target_start + i] = source[source_start + i]. Both 1-D."""

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds, size = signature.args, signature.args[0].dtype.bitwidth // 8
            target, source = (
                builder.gep(context.make_array(kinds[i])(context, builder, arguments[i]).data, [arguments[i + 1]])
                for i in (2, 0)
            )
            cgutils.raw_memcpy(builder, target, source, INDEX(elements(size)), size)
            return context.get_dummy_value()

        return types.void(source, types.intp, target, types.intp), codegen

    return copy


copy_panel = _make_copy(lambda size: VECTORS * LANES * 4 // size)
copy_vector = _make_copy(lambda size: LANES * 4 // size)
copy_strip = _make_copy(lambda size: WIDE)
