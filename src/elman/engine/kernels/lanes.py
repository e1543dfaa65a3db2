"""Elementwise arithmetic, written once as expressions and emitted as vector code.

A compiler may make vectors of a loop only if it can show that no array overlaps another, and gives up where a loop
reads and writes more than a few of them; the pointwise part of a cell reads and writes up to eight. So that part is
an expression over `Lanes`, from which `program` makes a loop whose vectors stand in the source. The same expressions
over a single number are the functions that other kernels call (`scalar`).

Every operation is one of IEEE 754's, rounded once: the width of a vector changes the speed and never a bit.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .vector import LANES

__all__ = ["Elements", "Lanes", "absolute", "bits", "fused", "number", "program", "scalar", "switch", "where"]

INDEX = ir.IntType(64)
AT_ONCE = 4
"""Vectors that a program goes through together: one by one, each waits for its own last result at every operation."""


class Lanes:
    """An expression: a number, or one in each lane of a vector. Numbers on the other side of an operator are spread."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    @property
    def kind(self) -> Any:
        """The type of one lane."""
        return self.value.type.element if isinstance(self.value.type, ir.VectorType) else self.value.type

    @property
    def dtype(self) -> type[np.floating[Any]]:
        """float32 or float64, also for `bits` of these."""
        return np.float32 if self.kind in (ir.FloatType(), ir.IntType(32)) else np.float64

    def spread(self, x: Any) -> Any:
        """The LLVM value of `x`, which may be a number, in the shape of this."""
        if isinstance(x, Lanes):
            return x.value
        x = int(x) if isinstance(self.kind, ir.IntType) else float(x)
        whole = isinstance(self.value.type, ir.VectorType)
        return ir.Constant(self.value.type, [x] * self.value.type.count if whole else x)

    def _with(self, operation: str, x: Any) -> "Lanes":
        return Lanes(self.builder, getattr(self.builder, operation)(self.value, self.spread(x)))

    def __add__(self, x: Any) -> "Lanes":
        return self._with("add" if isinstance(self.kind, ir.IntType) else "fadd", x)

    def __sub__(self, x: Any) -> "Lanes":
        return self._with("sub" if isinstance(self.kind, ir.IntType) else "fsub", x)

    def __rsub__(self, x: Any) -> "Lanes":
        return Lanes(self.builder, self.spread(x)) - self

    def __mul__(self, x: Any) -> "Lanes":
        return self._with("fmul", x)

    def __truediv__(self, x: Any) -> "Lanes":
        return self._with("fdiv", x)

    def __rtruediv__(self, x: Any) -> "Lanes":
        return Lanes(self.builder, self.spread(x)) / self

    def __neg__(self) -> "Lanes":
        return Lanes(self.builder, self.builder.fneg(self.value))

    def __lshift__(self, x: int) -> "Lanes":
        return self._with("shl", x)

    def __rshift__(self, x: int) -> "Lanes":
        return self._with("ashr", x)

    def __and__(self, x: int) -> "Lanes":
        return self._with("and_", x)

    def __or__(self, x: int) -> "Lanes":
        return self._with("or_", x)

    def compare(self, sign: str, x: Any) -> "Lanes":
        """Whether it is so, lane by lane; no for NaN."""
        return Lanes(self.builder, self.builder.fcmp_ordered(sign, self.value, self.spread(x)))

    def __lt__(self, x: Any) -> "Lanes":
        return self.compare("<", x)

    def __gt__(self, x: Any) -> "Lanes":
        return self.compare(">", x)


def _call(name: str, x: Lanes, *others: Any) -> Lanes:
    kind = x.value.type
    suffix = "f32" if x.kind == ir.FloatType() else "f64"
    full = f"llvm.{name}.v{kind.count}{suffix}" if isinstance(kind, ir.VectorType) else f"llvm.{name}.{suffix}"
    module, arguments = x.builder.module, [x.value, *map(x.spread, others)]
    function = module.globals.get(full) or ir.Function(module, ir.FunctionType(kind, [kind] * len(arguments)), full)
    return Lanes(x.builder, x.builder.call(function, arguments))


def fused(a: Lanes, b: Any, c: Any) -> Lanes:
    """A * b + c, rounded once."""
    return _call("fma", a, b, c)


def absolute(x: Lanes) -> Lanes:
    """|x|."""
    return _call("fabs", x)


def where(condition: Lanes, a: Any, b: Any) -> Lanes:
    """`a` in the lanes where the condition holds, `b` in the others; one of them may be a number."""
    shape = a if isinstance(a, Lanes) else b
    return Lanes(shape.builder, shape.builder.select(condition.value, shape.spread(a), shape.spread(b)))


def _other(kind: Any, integer: bool) -> Any:
    if isinstance(kind, ir.VectorType):
        return ir.VectorType(_other(kind.element, integer), kind.count)
    wide = kind in (ir.DoubleType(), ir.IntType(64))
    return ir.IntType(64 if wide else 32) if integer else (ir.DoubleType() if wide else ir.FloatType())


def bits(x: Lanes) -> Lanes:
    """The bits of floating-point numbers, as integers."""
    return Lanes(x.builder, x.builder.bitcast(x.value, _other(x.value.type, True)))


def number(x: Lanes) -> Lanes:
    """The floating-point numbers of these bits."""
    return Lanes(x.builder, x.builder.bitcast(x.value, _other(x.value.type, False)))


def as_float(x: Lanes) -> Lanes:
    """Integers as floating-point numbers."""
    return Lanes(x.builder, x.builder.sitofp(x.value, _other(x.value.type, False)))


def switch(code: Any, cases: Mapping[int, Callable[[Lanes], Lanes]], x: Lanes) -> Lanes:
    """cases[code](x), the code known when it runs: an LLVM integer. x where there is no such case."""
    builder = x.builder
    entry, done = builder.block, builder.append_basic_block("chosen")
    choice, results = builder.switch(code, done), [(x.value, entry)]
    for number_, case in cases.items():
        block = builder.append_basic_block("case")
        choice.add_case(INDEX(number_), block)
        builder.position_at_end(block)
        results.append((case(x).value, builder.block))
        builder.branch(done)
    builder.position_at_end(done)
    phi = builder.phi(x.value.type)
    for value, block in results:
        phi.add_incoming(value, block)
    return Lanes(builder, phi)


class Elements:
    """The elements that a program is at: `at[k]` reads those of its k-th array, `at[k] = ...` writes them."""

    def __init__(self, builder: Any, pointers: Sequence[Any], mask: Any, lanes: int, codes: Sequence[Any]) -> None:
        self.builder, self.mask, self.codes = builder, mask, codes
        self.pointers = [builder.bitcast(p, ir.VectorType(_pointee(p), lanes).as_pointer()) for p in pointers]
        self.kind = ir.VectorType(_pointee(pointers[0]), lanes)
        self.bytes = 4 if _pointee(pointers[0]) == ir.FloatType() else 8

    def __getitem__(self, k: int) -> Lanes:
        if self.mask is None:
            return Lanes(self.builder, self.builder.load(self.pointers[k], align=self.bytes))
        zero = ir.Constant(self.kind, None)
        return Lanes(self.builder, self._masked("load", self.kind, [self.pointers[k], self._align(), self.mask, zero]))

    def __setitem__(self, k: int, x: Lanes) -> None:
        if self.mask is None:
            self.builder.store(x.value, self.pointers[k], align=self.bytes)
        else:
            self._masked("store", ir.VoidType(), [x.value, self.pointers[k], self._align(), self.mask])

    def _align(self) -> Any:
        return ir.IntType(32)(self.bytes)

    def _masked(self, name: str, result: Any, arguments: list[Any]) -> Any:
        full = f"llvm.masked.{name}.v{self.kind.count}f{self.bytes * 8}.p0"
        module, kinds = self.builder.module, [argument.type for argument in arguments]
        function = module.globals.get(full) or ir.Function(module, ir.FunctionType(result, kinds), full)
        return self.builder.call(function, arguments)


def _pointee(pointer: Any) -> Any:
    return pointer.type.pointee


def program(body: Callable[[Elements], None]) -> Any:
    """Make an intrinsic `run(arrays, starts, n, codes)` of what is to be done with each element.

    arrays : tuple of 1-D arrays of one dtype; elements starts[k] to starts[k] + n of the k-th are gone through
    codes : tuple of integers, `Elements.codes`

    Arrays may be one and the same at different places that do not overlap.
    """

    @intrinsic
    def run(typingctx: Any, arrays: Any, starts: Any, n: Any, codes: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind, count = signature.args[0].dtype, signature.args[0].count
            bases = [
                builder.gep(
                    context.make_array(kind)(context, builder, builder.extract_value(arguments[0], k)).data,
                    [builder.extract_value(arguments[1], k)],
                )
                for k in range(count)
            ]
            chosen = [builder.extract_value(arguments[3], k) for k in range(signature.args[3].count)]
            _loop(builder, body, bases, arguments[2], chosen, LANES * 32 // kind.dtype.bitwidth)
            return context.get_dummy_value()

        return types.void(arrays, starts, types.intp, codes), codegen

    return run


def _loop(builder: Any, body: Any, bases: list[Any], n: Any, codes: list[Any], lanes: int) -> None:
    """Many vectors at once first, then single ones, then the elements that are left over, under a mask."""
    at = INDEX(0)
    for width in (AT_ONCE * lanes, lanes):
        at = _whole_vectors(builder, body, bases, at, n, codes, width)
    tail, done = builder.append_basic_block("tail"), builder.append_basic_block("end")
    builder.cbranch(builder.icmp_signed("<", at, n), tail, done)
    builder.position_at_end(tail)
    mask = _first_lanes(builder, builder.sub(n, at), lanes)
    body(Elements(builder, [builder.gep(base, [at]) for base in bases], mask, lanes, codes))
    builder.branch(done)
    builder.position_at_end(done)


def _whole_vectors(builder: Any, body: Any, bases: list[Any], begin: Any, n: Any, codes: list[Any], width: int) -> Any:
    """Go through whole vectors of `width` elements from `begin` on; give the first element that is left."""
    entry, head, inside, rest = (
        builder.block,
        *(builder.append_basic_block(name) for name in ("head", "inside", "rest")),
    )
    end = builder.add(begin, builder.and_(builder.sub(n, begin), INDEX(-width)))
    builder.branch(head)
    builder.position_at_end(head)
    at = builder.phi(INDEX)
    at.add_incoming(begin, entry)
    builder.cbranch(builder.icmp_signed("<", at, end), inside, rest)
    builder.position_at_end(inside)
    body(Elements(builder, [builder.gep(base, [at]) for base in bases], None, width, codes))
    at.add_incoming(builder.add(at, INDEX(width)), builder.block)
    builder.branch(head)
    builder.position_at_end(rest)
    return end


def _first_lanes(builder: Any, count: Any, lanes: int) -> Any:
    integers = ir.VectorType(INDEX, lanes)
    undefined = ir.Constant(integers, ir.Undefined)
    first = builder.insert_element(undefined, count, ir.IntType(32)(0))
    counts = builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), lanes), None))
    return builder.icmp_signed("<", ir.Constant(integers, list(range(lanes))), counts)


def scalar(body: Callable[[Lanes], Lanes]) -> Any:
    """Make of an expression a function of one number, for other kernels to call."""

    @intrinsic
    def function(typingctx: Any, x: Any) -> Any:
        if not isinstance(x, types.Float):
            return None

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return body(Lanes(builder, arguments[0])).value

        return x(x), codegen

    function.__doc__ = body.__doc__
    return function
