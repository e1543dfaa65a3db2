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
    "LANES",
    "ROWS",
    "SINGLE",
    "VECTORS",
    "WIDE",
    "copy_one",
    "copy_strip",
    "copy_vector",
    "fma",
    "tile",
    "tile_row",
    "tile_row_tail",
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
SINGLE = 4
"""Vectors of a panel that single rows are multiplied by: such a product waits for memory, and few sums suffice."""
WIDE = 2 * ROWS
"""Rows of a strip, which a packed left factor is cut into."""


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """A * b + c, rounded once."""
    if not (isinstance(a, types.Float) and a == b == c):
        return None

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return a(a, b, c), codegen


def _make_tile(rows: int, vectors: int, panel: int, masked: bool = False) -> Any:
    """Make the tile of a fixed shape. All strides and starts count elements.

    The result is an intrinsic `tile(a, a_start, a_row, a_k, b, b_start, c, c_start, c_row, depth, live, width, fresh)`
    that does, for the first `live` of its rows i and its columns j:

        fresh == 0:  c[i, j] = ((c[i, j] + a[i, 0] b[0, j]) + a[i, 1] b[1, j]) + ...
        fresh == 1:  c[i, j] = c[i, j] + ((0 + a[i, 0] b[0, j]) + ...)

    each `+ a b` one fused multiply-add. b is packed (product.py) in panels of `panel` vectors, of which the tile takes
    `vectors`. Rows from `live` on repeat row `live - 1`, and write its bits once more: all of c is read before any of
    it is written. `width` is read where `masked`: columns of c from it on are left alone.
    """

    @intrinsic
    def make(
        typingctx: Any, a: Any, a_start: Any, a_row: Any, a_k: Any, b: Any, b_start: Any,
        c: Any, c_start: Any, c_row: Any,
        depth: Any, live: Any, width: Any, fresh: Any,
    ) -> Any:  # fmt: skip
        if not a.dtype == b.dtype == c.dtype:  # pointers would be read as another type's
            return None
        i8 = types.intp
        signature = types.void(a, i8, i8, i8, b, i8, c, i8, i8, i8, i8, i8, i8)

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _Tile(context, builder, signature, arguments, (rows, vectors, panel), masked).emit()
            return context.get_dummy_value()

        return signature, codegen

    return make


class _Tile:
    """Emits one tile: loads, the loop over k, stores."""

    def __init__(
        self, context: Any, builder: Any, signature: Any, arguments: Any, shape: tuple[int, int, int], masked: bool
    ):
        self.builder, self.masked = builder, masked
        self.rows, self.vectors, self.panel = shape
        a, a_start, self.a_row, self.a_k, b, b_start = arguments[:6]
        c, c_start, self.c_row, self.depth, self.live, width, fresh = arguments[6:]
        element = signature.args[0].dtype
        self.scalar = ir.FloatType() if element == types.float32 else ir.DoubleType()
        self.bytes = element.bitwidth // 8
        self.lanes = LANES * 4 // self.bytes
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.a, self.b, self.c = (
            builder.gep(context.make_array(kind)(context, builder, array).data, [start])
            for kind, array, start in (
                (signature.args[0], a, a_start),
                (signature.args[4], b, b_start),
                (signature.args[6], c, c_start),
            )
        )
        self.fresh = builder.icmp_signed("!=", fresh, INDEX(0))
        self.masks = [self._lane_mask(width, v) if masked else None for v in range(self.vectors)]

    def emit(self) -> None:
        builder, zero = self.builder, ir.Constant(self.vector, None)
        row_index = [self._row(i) for i in range(self.rows)]
        targets = [self._at(self.c, self._times(i, self.c_row), v) for i in row_index for v in range(self.vectors)]
        masks = self.masks * self.rows
        before = [self._load(source, mask) for source, mask in zip(targets, masks, strict=True)]
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
        b_row = self._times(k, INDEX(self.panel * self.lanes))
        b = [builder.load(self._at(self.b, b_row, v), align=self.bytes) for v in range(self.vectors)]
        a_column = self._times(k, self.a_k)
        after = []
        for i, a_row in enumerate(a_rows):
            a = self._vector_of(builder.load(builder.gep(self.a, [builder.add(a_row, a_column)])), self.scalar)
            after += [self._fma(a, b[v], sums[i * self.vectors + v]) for v in range(self.vectors)]
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

    def _at(self, pointer: Any, offset: Any, v: int) -> Any:
        start = self.builder.gep(pointer, [self.builder.add(offset, INDEX(v * self.lanes))])
        return self.builder.bitcast(start, self.vector.as_pointer())

    def _vector_of(self, scalar: Any, kind: Any) -> Any:
        undefined = ir.Constant(ir.VectorType(kind, self.lanes), ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def _lane_mask(self, width: Any, v: int) -> Any:
        """Which lanes of the v-th vector lie before `width`."""
        left = self._vector_of(self.builder.sub(width, INDEX(v * self.lanes)), INDEX)
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


tile = _make_tile(ROWS, VECTORS, VECTORS)
tile_tail = _make_tile(WIDE, 1, VECTORS, masked=True)
tile_row = _make_tile(1, SINGLE, SINGLE)
tile_row_tail = _make_tile(1, SINGLE, SINGLE, masked=True)


def _make_copy(elements: Callable[[int], int]) -> Any:
    """Make an intrinsic that copies so many elements, told by their size in bytes, in as few vectors as it takes."""

    @intrinsic
    def copy(typingctx: Any, source: Any, source_start: Any, target: Any, target_start: Any) -> Any:
        """target[target_start + i] = source[source_start + i], places in memory, whatever the shapes."""

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


copy_vector = _make_copy(lambda size: LANES * 4 // size)
copy_strip = _make_copy(lambda size: WIDE)
copy_one = _make_copy(lambda size: 1)
