"""What learning of word vectors does with rows of a table, written as LLVM instructions.

`dot` is a sum, whose order must stand in the source: `SUMS` running sums, one a lane, are added up in halves at the
end. `add_scaled` is one fused multiply-add an element. So the width of the processor's vectors changes no bit.
`prefetch` changes none by its nature: it asks for a row that will be read soon, since rows lie anywhere in the table.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .vector import INDEX

__all__ = ["LINE", "SUMS", "add_scaled", "dot", "prefetch"]

SUMS = 16
"""Running sums of `dot`, part of its definition, since it fixes the order of summation. Widths are multiples of it."""

LINE = 64
"""Bytes that processors fetch at once."""


class _Loop:
    """Goes through rows vector by vector, with one value that each round hands to the next."""

    def __init__(self, context: Any, builder: Any, array: Any) -> None:
        self.context, self.builder = context, builder
        self.scalar = ir.FloatType() if array.dtype == types.float32 else ir.DoubleType()
        self.bytes = array.dtype.bitwidth // 8
        self.vector = ir.VectorType(self.scalar, SUMS)

    def pointer(self, kind: Any, array: Any, start: Any) -> Any:
        data = self.context.make_array(kind)(self.context, self.builder, array).data
        return self.builder.gep(data, [start])

    def load(self, pointer: Any, at: Any) -> Any:
        return self.builder.load(self.place(pointer, at), align=self.bytes)

    def store(self, value: Any, pointer: Any, at: Any) -> None:
        self.builder.store(value, self.place(pointer, at), align=self.bytes)

    def place(self, pointer: Any, at: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(pointer, [at]), self.vector.as_pointer())

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        full, module = f"llvm.fma.v{SUMS}f{self.bytes * 8}", self.builder.module
        function = module.globals.get(full) or ir.Function(
            module, ir.FunctionType(self.vector, [self.vector] * 3), full
        )
        return self.builder.call(function, [a, b, c])

    def spread(self, scalar: Any) -> Any:
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.IntType(32)(0))
        return self.builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), SUMS), None))

    def run(self, width: Any, step: Any) -> Any:
        """Give the last of `total = step(at, total)`, which begins with zeros."""
        builder, zero = self.builder, ir.Constant(self.vector, None)
        entry, body, done = builder.block, builder.append_basic_block("row"), builder.append_basic_block("end")
        builder.cbranch(builder.icmp_signed(">", width, INDEX(0)), body, done)
        builder.position_at_end(body)
        at, total = builder.phi(INDEX), builder.phi(self.vector)
        after, following = step(at, total), builder.add(at, INDEX(SUMS))
        for phi, begin, then in ((at, INDEX(0), following), (total, zero, after)):
            phi.add_incoming(begin, entry)
            phi.add_incoming(then, body)
        builder.cbranch(builder.icmp_signed("<", following, width), body, done)
        builder.position_at_end(done)
        result = builder.phi(self.vector)
        result.add_incoming(zero, entry)
        result.add_incoming(after, body)
        return result

    def added_up(self, total: Any) -> Any:
        """Add up the lanes: the upper half to the lower one, until one is left."""
        lanes = SUMS
        while lanes > 1:
            lanes //= 2
            undefined = ir.Constant(total.type, ir.Undefined)
            low, high = (
                self.builder.shuffle_vector(
                    total, undefined, ir.Constant(ir.VectorType(ir.IntType(32), lanes), list(range(k, k + lanes)))
                )
                for k in (0, lanes)
            )
            total = self.builder.fadd(low, high)
        return self.builder.extract_element(total, ir.IntType(32)(0))


@intrinsic
def dot(typingctx: Any, a: Any, a_start: Any, b: Any, b_start: Any, width: Any) -> Any:
    """Sum of a[a_start + j] b[b_start + j] for j < width. a, b: 1-D, of one dtype; width: a multiple of SUMS."""
    if a.dtype != b.dtype:
        return None

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loop = _Loop(context, builder, signature.args[0])
        a, b = (loop.pointer(signature.args[i], arguments[i], arguments[i + 1]) for i in (0, 2))
        total = loop.run(arguments[4], lambda at, total: loop.fma(loop.load(a, at), loop.load(b, at), total))
        return loop.added_up(total)

    return a.dtype(a, types.intp, b, types.intp, types.intp), codegen


@intrinsic
def add_scaled(typingctx: Any, y: Any, y_start: Any, x: Any, x_start: Any, factor: Any, width: Any) -> Any:
    """y[y_start + j] += factor x[x_start + j] for j < width, rounded once; the rows are one or do not overlap."""
    if y.dtype != x.dtype:
        return None

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loop = _Loop(context, builder, signature.args[0])
        y, x = (loop.pointer(signature.args[i], arguments[i], arguments[i + 1]) for i in (0, 2))
        factor = loop.spread(arguments[4])

        def step(at: Any, total: Any) -> Any:
            loop.store(loop.fma(factor, loop.load(x, at), loop.load(y, at)), y, at)
            return total

        loop.run(arguments[5], step)
        return context.get_dummy_value()

    return types.void(y, types.intp, x, types.intp, y.dtype, types.intp), codegen


@intrinsic
def prefetch(typingctx: Any, a: Any, start: Any, width: Any) -> Any:
    """Ask for a[start : start + width], to be changed soon. Any place may be named; nothing is read."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loop = _Loop(context, builder, signature.args[0])
        row, i32 = loop.pointer(signature.args[0], arguments[0], arguments[1]), ir.IntType(32)
        kinds = [row.type, i32, i32, i32]
        module = builder.module
        function = module.globals.get("llvm.prefetch.p0") or ir.Function(
            module, ir.FunctionType(ir.VoidType(), kinds), "llvm.prefetch.p0"
        )

        def step(at: Any, total: Any) -> Any:
            for line in range(SUMS * loop.bytes // LINE):
                place = builder.gep(row, [builder.add(at, INDEX(line * LINE // loop.bytes))])
                builder.call(function, [place, i32(1), i32(3), i32(1)])
            return total

        loop.run(arguments[2], step)
        return context.get_dummy_value()

    return types.void(a, types.intp, types.intp), codegen
