"""States in and out: reading in pieces gives the bits of reading the whole, by ==."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from elman.engine import GRU, LSTM, Bidirectional, Dense, Embedding, Input, Network, Pooling, SimpleRNN, State
from elman.engine.gradcheck import check_network
from elman.engine.layers import Layer
from elman.engine.packing import Packing
from elman.errors import InputError

from ..engine.conftest import Case
from ..engine.conftest import case as case
from ..engine.test_unroll import compiled

WORDS = 30
CELLS: dict[str, list[Layer]] = {
    "simple_rnn": [SimpleRNN(17, return_sequences=True)],
    "relu": [SimpleRNN(9, return_sequences=True, activation="relu", recurrent_gain=0.5)],
    "gru": [GRU(17, return_sequences=True)],
    "gru_reset_before": [GRU(17, return_sequences=True, reset_after=False)],
    "lstm": [LSTM(17, return_sequences=True)],
    "stacked": [
        LSTM(9, return_sequences=True, initial_state="learned"),
        GRU(33, return_sequences=True, reset_after=False, initial_state="random"),
        SimpleRNN(5, return_sequences=True, initial_state=(0.1, 0.2, 0.3, 0.4, 0.5)),
        GRU(7, return_sequences=True),
    ],
}


def network_of(name: str, dtype: str = "float32", initial: Any = None) -> Network:
    layers = [Embedding(WORDS, 6), *CELLS[name], Dense(3)]
    if initial is not None:
        (layer,) = CELLS[name]
        config = layer.to_config() | {"initial_state": initial}
        layers[1] = type(layer)(**{key: value for key, value in config.items() if key != "class"})
    network = Network(layers, dtype=dtype)
    network.parameters["embedding/embeddings"] *= 20  # so that states are far from zero
    for part, value in network.parameters.items():
        if "initial" in part and not value.any():  # learned ones begin at zeros, which would hide a mistake
            value[:] = np.linspace(-1, 1, len(value))
    return network


def texts(count: int, longest: int, seed: int = 0) -> list[Any]:
    draw = np.random.default_rng(seed)
    return [draw.integers(0, WORDS + 1, draw.integers(0, longest)) for _ in range(count)]


def pieces(rows: list[Any], count: int, seed: int = 0) -> list[list[Any]]:
    """Cut each row at random places into `count` pieces, of 0 and 1 time steps among others."""
    draw = np.random.default_rng(seed)
    cuts = [np.sort(draw.integers(0, len(row) + 1, count - 1)) for row in rows]
    parts = [np.split(row, cut) for row, cut in zip(rows, cuts, strict=True)]
    out = [list(piece) for piece in zip(*parts, strict=True)]
    assert {0, 1} <= {len(piece) for chunk in out for piece in chunk}
    return out


def read(network: Network, chunks: list[list[Any]], state: State | None = None, **how: Any) -> tuple[list[Any], State]:
    """Read chunks one after the other, handing states on as bytes; give each row's outputs and its last state."""
    outputs: list[list[Any]] = [[] for _ in chunks[0]]
    for chunk in chunks:
        output, state = network.predict(chunk, state=state, return_state=True, **how)
        state = State.from_bytes(state.to_bytes())
        for row, parts in enumerate(outputs):
            parts.append(output[row])
    assert state is not None
    return [np.concatenate(parts) for parts in outputs], state


def assert_same(a: State, b: State) -> None:
    assert a.arrays.keys() == b.arrays.keys()
    for name, array in a.arrays.items():
        assert array.dtype == b.arrays[name].dtype
        assert (array == b.arrays[name]).all(), name


class TestPieces:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("name", CELLS)
    def test_in_pieces_as_whole(self, name: str, dtype: str) -> None:
        network, rows = network_of(name, dtype), texts(40, 40)
        whole, expected = network.predict(rows, return_state=True)
        for count in (2, 9, 41):
            outputs, state = read(network, pieces(rows, count, count), threads=2)
            assert all((outputs[i] == whole[i]).all() for i in range(len(rows)))
            assert_same(state, expected)

    @pytest.mark.parametrize("name", CELLS)
    def test_one_time_step_at_a_time(self, name: str) -> None:
        network, row = network_of(name), texts(1, 40, 3)[0]
        outputs, state = read(network, [[[word]] for word in row])
        whole, expected = network.predict([row], return_state=True)
        assert len(row) > 20
        assert (outputs[0] == whole[0]).all()
        assert_same(state, expected)

    @pytest.mark.parametrize("initial", ["zeros", "random", "learned", "given"])
    @pytest.mark.parametrize("name", ["simple_rnn", "gru", "gru_reset_before", "lstm"])
    def test_whatever_it_begins_with(self, name: str, initial: str) -> None:
        size = 34 if name == "lstm" else 17
        network = network_of(name, initial=tuple(np.linspace(-1, 1, size)) if initial == "given" else initial)
        rows = texts(20, 20)
        begin = network.initial_state(len(rows))
        assert any(array.any() for array in begin.arrays.values()) == (initial != "zeros")
        whole, expected = network.predict(rows, return_state=True)
        outputs, state = read(network, pieces(rows, 5))
        again, _ = read(network, pieces(rows, 4), state=begin)
        for i in range(len(rows)):
            assert (outputs[i] == whole[i]).all() and (again[i] == whole[i]).all()
        assert_same(state, expected)

    @pytest.mark.parametrize("name", ["gru", "lstm", "stacked"])
    def test_the_last_state_alone(self, name: str) -> None:
        """A network that gives one output a row, and not one for each time step."""
        layers = [Embedding(WORDS, 6), *CELLS[name][:-1], type(CELLS[name][-1])(17), Dense(3, "softmax")]
        network, rows = Network(layers), texts(30, 30)
        state, chunks = None, pieces(rows, 6)
        for chunk in chunks:
            output, state = network.predict(chunk, state=state, return_state=True)
        assert (output == network.predict(rows)).all()

    @pytest.mark.parametrize("name", CELLS)
    def test_the_readable_cells_carry_states_as_well(self, name: str) -> None:
        network, rows = network_of(name, "float64"), texts(6, 12)
        count = sum(len(row) for row in rows)
        whole = network.differentiate(rows, np.ones((count, 3)), backend="reference")
        state = None
        for chunk in pieces(rows, 3):
            targets = np.ones((sum(len(row) for row in chunk), 3))
            state = network.differentiate(chunk, targets, state=state, backend="reference").state
        assert state is not None
        for part, array in whole.state.arrays.items():
            np.testing.assert_allclose(state.arrays[part], array, rtol=1e-12, atol=1e-14)

    def test_what_is_given_is_not_changed(self) -> None:
        network, rows = network_of("stacked"), texts(20, 10)
        state = network.predict(rows, return_state=True)[1]
        before = State.from_bytes(state.to_bytes())
        first = network.predict(rows, state=state)
        network.differentiate(rows, np.ones((sum(len(row) for row in rows), 3)), state=state)
        assert_same(state, before)
        assert (network.predict(rows, state=state).values == first.values).all()


class TestRows:
    def test_reset_of_some_rows(self) -> None:
        network, first, second = network_of("stacked"), texts(6, 20, 1), texts(6, 20, 2)
        state = network.predict(first, return_state=True)[1]
        reset = state.put([4, 1], network.initial_state(1))
        continued, fresh = network.predict(second, state=state), network.predict(second)
        output = network.predict(second, state=reset)
        for row in range(6):
            assert (output[row] == (fresh if row in (1, 4) else continued)[row]).all()
        masked = state.put(np.isin(np.arange(6), [1, 4]), network.initial_state(2))
        assert_same(masked, reset)
        assert (continued[0] != fresh[0]).any()

    def test_take_follows_the_rows(self) -> None:
        network, first, second = network_of("stacked"), texts(9, 20, 1), texts(9, 20, 2)
        state, order = network.predict(first, return_state=True)[1], [7, 7, 0, 3]
        together = network.predict(second, state=state)
        output, last = network.predict([second[i] for i in order], state=state.take(order), return_state=True)
        for place, row in enumerate(order):
            assert (output[place] == together[row]).all()
        assert_same(last, network.predict(second, state=state, return_state=True)[1].take(order))

    def test_rows_join_and_leave_between_chunks(self) -> None:
        """Texts of a stream come and go: each gives the bits that it gives alone."""
        network, rows = network_of("stacked"), texts(30, 40, 4)
        draw, waiting = np.random.default_rng(5), list(range(30))
        places = dict.fromkeys(waiting, 0)
        outputs: dict[int, list[Any]] = {row: [] for row in waiting}
        alive: list[int] = []
        state, sizes = network.initial_state(0), set()
        while waiting or alive:
            joining = [waiting.pop() for _ in range(min(len(waiting), int(draw.integers(0, 5))))]
            staying = [i for i, row in enumerate(alive) if places[row] < len(rows[row])]
            kept = state.take(np.array(staying, np.int64))
            alive = [alive[i] for i in staying] + joining
            state = network.initial_state(len(alive)).put(np.arange(len(kept)), kept)
            ends = {row: places[row] + int(draw.integers(0, 6)) for row in alive}
            chunk = [rows[row][places[row] : ends[row]] for row in alive]
            output, state = network.predict(chunk, state=state, return_state=True)
            for i, row in enumerate(alive):
                outputs[row].append(output[i])
                places[row] = ends[row]
            sizes.add(len(alive))
        assert len(sizes) > 5
        for row in range(30):
            assert (np.concatenate(outputs[row]) == network.predict([rows[row]])[0]).all()


class TestBackwards:
    """A layer that reads from the end can hand nothing on to what comes later; its state is where it begins."""

    @pytest.mark.parametrize("layer", [GRU(5, go_backwards=True), Bidirectional(GRU(5), merge="concat")])
    def test_a_state_enters_at_the_end_that_is_read_first(self, layer: Layer) -> None:
        network = Network([Embedding(WORDS, 6), layer, Dense(3)], dtype="float64")
        parts = {name.rpartition("/")[2]: name for name in network.initial_state(1).arrays}
        backward = parts.get("backward_h", parts.get("h"))
        assert backward is not None
        _, state = network.predict([[3, 4]], return_state=True)
        reading = State(network.initial_state(1).arrays | {backward: state.arrays[backward]})
        _, last = network.predict([[1, 2]], state=reading, return_state=True)
        _, whole = network.predict([[1, 2, 3, 4]], return_state=True)
        assert (last.arrays[backward] == whole.arrays[backward]).all()

    def test_in_pieces_is_not_the_whole(self) -> None:
        network = Network([Embedding(WORDS, 6), Bidirectional(LSTM(5)), Dense(3)], dtype="float64")
        _, state = network.predict([[1, 2]], return_state=True)
        output, last = network.predict([[3, 4]], state=state, return_state=True)
        whole, expected = network.predict([[1, 2, 3, 4]], return_state=True)
        assert (output != whole).any()
        for name, array in last.arrays.items():
            assert (array == expected.arrays[name]).all() == ("forward" in name)


def targets_of(chunk: list[Any], seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((sum(len(row) for row in chunk), 3))


class TestTruncated:
    """Truncated backpropagation through time: states are carried, derivatives stop at the cut."""

    @pytest.mark.parametrize("name", ["simple_rnn", "gru", "gru_reset_before", "lstm", "stacked"])
    def test_derivatives_hold_the_carried_state_fixed(self, name: str) -> None:
        small = {"simple_rnn": SimpleRNN, "gru": GRU, "gru_reset_before": GRU, "lstm": LSTM}
        more = {"reset_after": False} if name == "gru_reset_before" else {}
        layers: list[Layer] = (
            [LSTM(3, return_sequences=True, initial_state="learned"), GRU(4, return_sequences=True)]
            if name == "stacked"
            else [small[name](4, return_sequences=True, **more)]
        )
        network = Network([Input(2), *layers, Dense(3)], dtype="float64", random_state=1)
        draw = np.random.default_rng(1)
        first, second = ([draw.standard_normal((n, 2)) for n in sizes] for sizes in ([4, 0, 2, 5], [3, 2, 0, 1]))
        state = network.differentiate(first, targets_of(first)).state
        errors = check_network(network, second, targets_of(second), state=state)
        assert set(errors) >= set(network.parameters) | set(state.arrays) | {"inputs"}
        assert max(errors.values()) < 1e-7, errors

    def test_losses_of_pieces_add_up_and_gradients_do_not(self) -> None:
        network, rows = network_of("lstm", "float64"), [row for row in texts(8, 20) if len(row) > 1]
        chunks = [[row[: len(row) // 2] for row in rows], [row[len(row) // 2 :] for row in rows]]
        together, state, parts = targets_of(rows), None, []
        offsets = np.cumsum([0, *map(len, rows)])
        by_row = [together[a:b] for a, b in pairwise(offsets)]
        halves = [[t[: len(t) // 2] for t in by_row], [t[len(t) // 2 :] for t in by_row]]
        for chunk, half in zip(chunks, halves, strict=True):
            targets = np.concatenate(half)
            parts.append(network.differentiate(chunk, targets, np.full(len(targets), 0.1), state=state))
            state = parts[-1].state
        whole = network.differentiate(rows, together, np.full(len(together), 0.1))
        assert sum(part.loss for part in parts) == pytest.approx(whole.loss, rel=1e-12)
        assert_same(parts[-1].state, whole.state)
        truncated: Any = sum(part.gradients["lstm/recurrent_kernel"] for part in parts)
        difference = np.abs(truncated - whole.gradients["lstm/recurrent_kernel"]).max()
        assert difference > 1e-3 * np.abs(truncated).max()
        head: Any = sum(part.gradients["dense/kernel"] for part in parts)  # which no derivative through time reaches
        np.testing.assert_allclose(head, whole.gradients["dense/kernel"], rtol=1e-10)

    def test_derivatives_handed_over_the_cut_are_those_of_the_whole(self, case: Case) -> None:
        """What truncation leaves out, and nothing else: dL/dstate of the second piece is d_last of the first."""
        lengths, whole = case.packing.lengths, compiled(case)
        packings = [Packing.from_lengths(part) for part in (np.minimum(lengths, 3), np.maximum(lengths - 3, 0))]
        cut = packings[0].tokens  # packed by time, the first time steps come first
        first = replace(case, x=case.x[:cut], d_h=case.d_h[:cut], packing=packings[0])
        between = case.cell.State(*(compiled(first)[f"last.{part}"] for part in case.state._fields))
        second = replace(case, x=case.x[cut:], d_h=case.d_h[cut:], packing=packings[1], state=between)
        late = compiled(second)
        early = compiled(
            replace(first, d_last=case.cell.State(*(late[f"d_state.{part}"] for part in case.state._fields)))
        )
        assert (np.concatenate([early["h"], late["h"]]) == whole["h"]).all()
        np.testing.assert_allclose(np.concatenate([early["dx"], late["dx"]]), whole["dx"], rtol=1e-9, atol=1e-13)
        for name in ("dW_xh", "dW_hh", "db_h"):
            np.testing.assert_allclose(early[name] + late[name], whole[name], rtol=1e-9, atol=1e-13, err_msg=name)
        for part in case.state._fields:
            np.testing.assert_allclose(early[f"d_state.{part}"], whole[f"d_state.{part}"], rtol=1e-9, atol=1e-13)

    def test_a_learned_initial_state_learns_from_rows_that_began_there(self) -> None:
        network = network_of("lstm", "float64", "learned")
        first = network.differentiate([[1, 2]], targets_of([[1, 2]]))
        second = network.differentiate([[3, 4]], targets_of([[3, 4]]), state=first.state)
        for part in ("lstm/initial_h", "lstm/initial_c"):
            assert np.asarray(first.gradients[part]).all()
            assert not np.asarray(second.gradients[part]).any()
        assert second.initial.arrays["lstm/c"].all()


class TestBytes:
    def test_round_trip_keeps_every_bit(self) -> None:
        state = State({"a/h": np.array([[1e-40, -0.0], [np.pi, 7]], "f"), "b/c": np.zeros((2, 0))})
        copy = State.from_bytes(state.to_bytes())
        for name, array in state.arrays.items():
            assert copy.arrays[name].dtype == array.dtype
            assert copy.arrays[name].shape == array.shape
            assert copy.arrays[name].tobytes() == array.tobytes()

    def test_bytes_that_are_cut_off_or_damaged_are_refused(self) -> None:
        data = network_of("stacked").initial_state(3).to_bytes()
        for wrong in (b"", data[:-1], data[:5], data + b"x", b"\xff" * 20):
            with pytest.raises(InputError, match="hold no state"):
                State.from_bytes(wrong)

    def test_a_state_of_another_network_is_refused(self) -> None:
        network = network_of("gru")
        for wrong in (
            network_of("lstm").initial_state(2),
            network.initial_state(3),
            network_of("gru", "float64").initial_state(2),
            State({"gru/h": np.zeros((2, 16), "f")}),
        ):
            with pytest.raises(InputError, match=r"state must hold float32 arrays .*gru/h"):
                network.predict([[1], [2]], state=wrong)

    def test_pooling_begins_anew_with_each_chunk(self) -> None:
        """It carries nothing on, so the states of what is below are all that a chunk begins with."""
        network = Network([Embedding(WORDS, 6), GRU(5, return_sequences=True), Pooling("max"), Dense(3)])
        assert set(network.initial_state(1).arrays) == {"gru/h"}
