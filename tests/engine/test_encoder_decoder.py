"""Encoder-decoder: gradients of the whole, faults that these checks must reject, same bits, scheduled sampling."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from elman.engine import (
    GRU,
    LSTM,
    Bidirectional,
    CrossAttention,
    Dense,
    Dropout,
    Embedding,
    EncoderDecoder,
    Input,
    Network,
    OneHot,
    Pairs,
    Pooling,
    SimpleRNN,
    Softmax,
)
from elman.engine import encoder_decoder as module
from elman.engine.gradcheck import check_network, numeric_gradient, relative_error
from elman.engine.memory import Memory
from elman.engine.row_gradient import RowGradient
from elman.engine.stack import Stack, last_states
from elman.errors import InputError
from elman.sequences import Sequences

DRAW = np.random.default_rng(0)
SOURCES = [DRAW.integers(0, 8, n) for n in (4, 0, 6, 1, 3)]
TARGETS = [DRAW.integers(0, 7, n) for n in (3, 2, 1, 5, 0)]
WANTED = DRAW.integers(0, 7, 11)
ACCEPTED, REJECTED = 1e-5, 1e-3
APART_ACCEPTED, APART_REJECTED = 1e-12, 1e-5
"""Of losses, which differ by rounding alone."""


def make(
    cell: Any = LSTM,
    directions: int = 2,
    looks: bool = True,
    layers: int = 1,
    dropout: float = 0.0,
    dtype: str = "float64",
    **settings: Any,
) -> EncoderDecoder:
    silent = [Dropout(dropout)] if dropout else []
    encoder: list[Any] = [Embedding(7, 3), *silent]
    decoder: list[Any] = [Embedding(6, 2), *silent]
    for _ in range(layers):
        layer = cell(2, return_sequences=True)
        encoder.append(Bidirectional(layer) if directions == 2 else layer)
        decoder.append(cell(2 * directions, return_sequences=True))
    decoder += [CrossAttention(3, source=2 * directions)] if looks else []
    network = EncoderDecoder(encoder, [*decoder, *silent, Softmax(7)], dtype=dtype, random_state=3, **settings)
    for value in network.parameters.values():
        value *= 2  # away from where everything is nearly linear
    return network


KINDS = {
    "lstm": {},
    "one direction": {"directions": 1},
    "without attention": {"looks": False},
    "two layers of gru": {"cell": GRU, "layers": 2},
    "simple-rnn with dropout": {"cell": SimpleRNN, "dropout": 0.3},
}


def dense(gradient: Any, shape: tuple[int, ...]) -> Any:
    return gradient.dense(shape) if isinstance(gradient, RowGradient) else gradient


def errors(network: EncoderDecoder, backend: str = "kernel") -> dict[str, float]:
    return check_network(network, (SOURCES, TARGETS), WANTED, backend, noise=5)


class TestGradients:
    @pytest.mark.parametrize(("kind", "backend"), [*((k, "kernel") for k in KINDS), ("one direction", "reference")])
    def test_finite_differences_agree(self, kind: str, backend: str) -> None:
        network = make(**KINDS[kind])  # type: ignore[arg-type]
        found = errors(network, backend)
        assert set(found) == set(network.parameters)
        assert max(found.values()) < ACCEPTED

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_kernels_are_their_twins(self, kind: str) -> None:
        network = make(**KINDS[kind])  # type: ignore[arg-type]
        a, b = (network.differentiate((SOURCES, TARGETS), WANTED, noise=5, backend=k) for k in ("kernel", "reference"))
        assert a.loss == pytest.approx(b.loss, rel=1e-12)
        for name, gradient in a.gradients.items():
            shape = network.parameters[name].shape
            assert relative_error(dense(gradient, shape), dense(b.gradients[name], shape)) < 1e-9, name

    @pytest.mark.parametrize("layer", [LSTM(3), Bidirectional(GRU(3)), SimpleRNN(3, go_backwards=True)])
    @pytest.mark.parametrize("backend", ["kernel", "reference"])
    def test_the_derivative_by_last_states_goes_all_the_way(self, layer: Any, backend: str) -> None:
        stack = Stack([Embedding(7, 5), layer], dtype="float64")
        (shard,) = stack.shards(stack.accept(SOURCES))
        some = np.random.default_rng(1).standard_normal

        def go() -> Any:
            steps = stack.begin(backend=backend)
            x, tapes = stack.run(shard, steps)
            return x, tapes, steps, last_states(steps, tapes)

        x, tapes, steps, last = go()
        ends = {name: some(value.shape) for name, value in last.items()}
        shard = replace(shard, ends=ends)
        gradients = stack.run_back(np.zeros_like(x.values), tapes, shard, steps).gradients

        def loss() -> float:
            return sum(float((ends[name] * value).sum()) for name, value in go()[3].items())

        for name, gradient in gradients.items():
            value = stack.parameters[name]
            assert relative_error(dense(gradient, value.shape), numeric_gradient(loss, value)) < ACCEPTED, name


class TestFaults:
    """Each must stand out in the finite differences, or between the twins."""

    def test_no_gradient_into_the_encoder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_put_back", lambda values, partners: np.zeros_like(values))
        assert max(errors(make(looks=False)).values()) > REJECTED

    def test_states_of_another_row(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_put_back", lambda values, partners: values)
        assert max(errors(make(looks=False)).values()) > REJECTED

    def test_no_gradient_from_attention(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = EncoderDecoder._to_outputs
        monkeypatch.setattr(EncoderDecoder, "_to_outputs", lambda *given: original(*given) * 0)
        assert max(errors(make()).values()) > REJECTED

    @pytest.mark.parametrize("fault", ["context of a neighbouring row", "source lengths ignored"])
    def test_a_memory_that_is_wrong(self, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Consistent faults, which differences of the same loss cannot see: a row must have the loss it has alone."""
        original = Memory.take

        def wrong(memory: Memory, rows: Any) -> Memory:
            taken = original(memory, rows)
            if fault == "source lengths ignored":
                # As far as there are vectors: kernels trust lengths, and would read and write beyond their arrays.
                longest = np.minimum(taken.lengths.max(), len(memory.values) - taken.begins)
                return replace(taken, lengths=longest)
            return replace(taken, begins=np.roll(taken.begins, 1), lengths=np.roll(taken.lengths, 1))

        assert loss_apart(make()) < APART_ACCEPTED
        monkeypatch.setattr(Memory, "take", wrong)
        assert loss_apart(make()) > APART_REJECTED


def loss_apart(network: EncoderDecoder) -> float:
    """Relative difference of a batch's loss and the losses of its rows, each alone and with its own layout."""
    whole = network.differentiate((SOURCES, TARGETS), WANTED, np.ones(len(WANTED))).loss
    cuts = np.cumsum([len(row) for row in TARGETS])[:-1]
    apart = 0.0
    for source, target, wanted in zip(SOURCES, TARGETS, np.split(WANTED, cuts), strict=True):
        apart += network.differentiate(([source], [target]), wanted, np.ones(len(wanted))).loss
    return abs(whole - apart) / abs(apart)


def many(rows: int = 70) -> tuple[Any, Any]:
    draw = np.random.default_rng(2)
    sources = [draw.integers(0, 8, n) for n in draw.integers(0, 9, rows)]
    targets = [draw.integers(0, 7, n) for n in draw.integers(1, 9, rows)]
    return (sources, targets), draw.integers(0, 7, sum(map(len, targets)))


class TestSameBits:
    @pytest.mark.parametrize("share", [1.0, 0.4])
    def test_threads_change_none(self, share: float) -> None:
        x, wanted = many()
        network = make(dtype="float32", dropout=0.2, teacher_forcing=share)
        network.anneal(1.0)
        found = [network.differentiate(x, wanted, noise=3, threads=threads) for threads in (1, 2, 4)]
        for other in found[1:]:
            assert other.loss == found[0].loss
            for name, gradient in other.gradients.items():
                shape = network.parameters[name].shape
                assert (dense(gradient, shape) == dense(found[0].gradients[name], shape)).all(), name

    def test_a_row_alone_is_a_row_in_a_batch(self) -> None:
        (sources, _), _ = many()
        network = make(dtype="float32")
        ids = np.arange(len(sources)) % 6
        together, after = network.advance(ids, network.read(sources))
        for row in range(0, len(sources), 7):
            alone, own = network.advance(ids[[row]], network.read([sources[row]]))
            assert (alone[0] == together[row]).all()
            for name, value in own.state.arrays.items():
                assert (value[0] == after.state.arrays[name][row]).all()

    def test_decoding_gives_the_logits_of_training(self) -> None:
        network = make(dtype="float32")
        pairs = network.accept((SOURCES, TARGETS))
        (shard,), steps = network.shards(pairs), network.begin()
        x, _ = network.forward(shard, steps)
        expected = network.head.logits(network.last_step(steps).weights, x)
        reading, rows = network.read(SOURCES), np.arange(len(SOURCES))
        for t in range(5):
            alive = np.array([len(TARGETS[row]) > t for row in rows])
            rows, reading = rows[alive], reading.take(alive)
            logits, reading = network.advance(np.array([TARGETS[row][t] for row in rows]), reading)
            for row, own in zip(rows, logits, strict=True):
                place = int(pairs.targets.offsets[row]) + t
                assert (expected[shard.places == place][0] == own).all()

    def test_freezing_copying_and_configs(self) -> None:
        network = make(dtype="float32", layers=2)
        restored = EncoderDecoder.from_config(network.to_config(), network.parameters)
        first, _ = network.advance([0, 1, 2, 3, 4], network.read(SOURCES))
        for other in (network.freeze(), restored, pickle.loads(pickle.dumps(network.freeze()))):
            logits, _ = other.advance([0, 1, 2, 3, 4], other.read(SOURCES))
            assert (logits == first).all()
            assert str(other) == str(network)
        with pytest.raises(ValueError, match="read-only"):
            network.freeze().parameters["encoder/embedding/embeddings"][0] = 0


class TestScheduledSampling:
    def test_all_tokens_are_true_at_first(self) -> None:
        network = make(teacher_forcing=0.0)
        plain = make().differentiate((SOURCES, TARGETS), WANTED, noise=5).loss
        assert network.differentiate((SOURCES, TARGETS), WANTED, noise=5).loss == plain
        network.anneal(1.0)
        assert network.differentiate((SOURCES, TARGETS), WANTED, noise=5).loss != plain
        assert network.differentiate((SOURCES, TARGETS), WANTED).loss == plain  # nothing is drawn in measuring

    def test_what_is_read_is_the_likeliest_answer_to_the_true_tokens(self) -> None:
        network = make(teacher_forcing=0.0)
        network.anneal(1.0)
        pairs = network.accept((SOURCES, TARGETS))
        (shard,) = network.shards(pairs)
        true, own = network.begin(), network.begin(noise=1)
        x, plain = network.forward(shard, true)
        said = network.head.logits(true.decoder[-1].weights, x)[:, :6].argmax(axis=1)  # 6 is unknown
        _, tapes = network.forward(shard, own)
        row, time = shard.packing.positions()
        for r, t, read, given in zip(row, time, tapes.shard.values, plain.shard.values, strict=True):
            before = said[(row == r) & (time == t - 1)]
            assert read == (before[0] if t else given)

    def test_the_unknown_token_is_never_its_own(self) -> None:
        network = make(teacher_forcing=0.0)
        network.anneal(1.0)
        network.parameters["decoder/softmax/bias"][6] = 100.0
        (shard,) = network.shards(network.accept((SOURCES, [row % 6 for row in TARGETS])))
        _, tapes = network.forward(shard, network.begin(noise=1))
        assert tapes.shard.values.max() < 6

    def test_the_share_falls_linearly(self) -> None:
        x, _ = many(400)
        network = make(teacher_forcing=0.5)
        pairs = network.accept(x)
        for done, share in ((0.0, 1.0), (0.5, 0.75), (1.0, 0.5)):
            network.anneal(done)
            steps, same, all_ = network.begin(noise=4), 0, 0
            for shard in network.shards(pairs):
                _, time = shard.packing.positions()
                _, tapes = network.forward(shard, steps)
                same, all_ = (
                    same + int((tapes.shard.values == shard.values)[time > 0].sum()),
                    all_ + int((time > 0).sum()),
                )
            by_chance = (1 - share) / 7  # what it says itself, one of six, may be true, one of seven
            assert same / all_ == pytest.approx(share + by_chance, abs=0.06)

    def test_finite_differences_agree_where_it_reads_its_own_words(self) -> None:
        network = make(teacher_forcing=0.3)
        network.anneal(1.0)
        assert max(errors(network).values()) < ACCEPTED


ENCODER = [Embedding(7, 5), LSTM(3, return_sequences=True)]
DECODER = [Embedding(6, 4), LSTM(3, return_sequences=True), Softmax(7)]


class TestRefused:
    @pytest.mark.parametrize(
        ("encoder", "decoder", "message"),
        [
            (ENCODER[:1], DECODER, "equally many recurrent layers, 1 or more.*got 0 and 1"),
            ([*ENCODER, LSTM(3, return_sequences=True)], DECODER, "got 2 and 1"),
            ([Embedding(7, 5), LSTM(3)], DECODER, "layer lstm gives one a row"),
            ([*ENCODER, Pooling("max")], DECODER, "layer pooling gives one a row"),
            (ENCODER, [Embedding(6, 4), LSTM(3), Dense(7, "softmax")], "the decoder must give an output at every"),
            (ENCODER, [DECODER[0], LSTM(4, return_sequences=True), DECODER[2]], "must have 3 units, got 4"),
            ([ENCODER[0], Bidirectional(ENCODER[1])], DECODER, r"must have 3 \+ 3 units, got 3"),
            (
                ENCODER,
                [DECODER[0], GRU(3, return_sequences=True), DECODER[2]],
                "of the cell of lstm.*, got GRU",
            ),
            (ENCODER, [DECODER[0], Bidirectional(DECODER[1]), DECODER[2]], "must read forward"),
            (ENCODER, [DECODER[0], replace(DECODER[1], initial_state="learned"), DECODER[2]], "has no effect"),
            (ENCODER, [*DECODER[:2], CrossAttention(3, source=4), DECODER[2]], "must have source=3.*got 4"),
            ([*ENCODER, DECODER[2]], DECODER[:2], "a network needs"),
            ([], DECODER, "there must be a first layer"),
            ([*ENCODER, CrossAttention(3, source=3)], DECODER, "layer cross_attention .* take it out of the encoder"),
        ],
    )
    def test_layers_that_do_not_fit(self, encoder: Any, decoder: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            EncoderDecoder(encoder, decoder)

    @pytest.mark.parametrize("share", [-0.1, 1.1, np.nan, "1", None, True])
    def test_shares_that_are_none(self, share: Any) -> None:
        with pytest.raises(InputError, match="teacher_forcing must be a number from 0 to 1"):
            EncoderDecoder(ENCODER, DECODER, teacher_forcing=share)

    @pytest.mark.parametrize(
        ("first", "last", "message"),
        [
            (Embedding(3, 3), Softmax(1_000_000), r"ids up to 999999, but embedding knows 3.*give it input_dim=999999"),
            (Embedding(5, 3), Softmax(7), "input_dim=6"),
            (OneHot(5), Dense(7, "softmax"), "one_hot knows 5"),
            (Embedding(5, 3), Dense(1, "linear"), "end in a softmax, got Embedding and Dense with linear"),
            (Embedding(5, 3), Dense(1, "sigmoid"), "end in a softmax, got Embedding and Dense with sigmoid"),
            (Input(2), Softmax(7), "must begin with Embedding or OneHot .*, got Input"),
        ],
    )
    def test_a_decoder_that_cannot_read_itself(self, first: Any, last: Any, message: str) -> None:
        decoder = [first, DECODER[1], last]
        with pytest.raises(InputError, match=message):
            EncoderDecoder(ENCODER, decoder, teacher_forcing=0.9)
        EncoderDecoder(ENCODER, decoder, teacher_forcing=1.0)

    def test_another_number_of_ids_than_rows(self) -> None:
        network = EncoderDecoder(ENCODER, DECODER)
        reading = network.read(SOURCES)
        for ids, given in (([0], "1"), ([0] * 6, "6"), ([], "0"), (0, "a number alone")):
            with pytest.raises(InputError, match=f"there must be 5 ids, one a row of the reading, got {given}$"):
                network.advance(ids, reading)

    def test_pairs_that_are_none(self) -> None:
        network = EncoderDecoder(ENCODER, DECODER)
        with pytest.raises(InputError, match="a target for each source, got 2 sources and 1 targets"):
            network.accept(([[1], [2]], [[1]]))
        with pytest.raises(InputError, match="must be Pairs, or a pair"):
            network.accept([[1], [2], [3]])
        with pytest.raises(InputError, match="takes no state"):
            network.differentiate(([[1]], [[1]]), [0], state=network.decoder.initial_state(1))  # type: ignore[arg-type]
        with pytest.raises(InputError, match="one for each output"):
            network.differentiate(([[1]], [[1, 2]]), [0])
        with pytest.raises(InputError, match="ids must be 0 to 6"):
            network.accept(Pairs(Sequences.from_rows([[9]]), Sequences.from_rows([[1]])))

    def test_weights_of_another_network(self) -> None:
        network = EncoderDecoder(ENCODER, DECODER)
        with pytest.raises(InputError, match=r"encoder/\.\.\. or decoder"):
            EncoderDecoder(ENCODER, DECODER, parameters={"lstm/kernel": np.zeros(2)})
        with pytest.raises(InputError, match="missing"):
            EncoderDecoder(
                ENCODER, DECODER, parameters={k: v for k, v in network.parameters.items() if "bias" not in k}
            )


def test_both_parts_start_from_weights_of_their_own() -> None:
    network = EncoderDecoder([Embedding(6, 4), *ENCODER[1:]], DECODER)
    theirs, own = (network.parameters[f"{part}/embedding/embeddings"] for part in ("encoder", "decoder"))
    assert not (theirs == own).any()


def test_summary_is_the_ledger_of_both() -> None:
    network = make()
    assert network.count_params() == sum(value.size for value in network.parameters.values())
    assert str(network).startswith("encoder/embedding")
    assert str(network).endswith(f"{network.count_params()} parameters")
    assert "EncoderDecoder(Embedding -> Bidirectional; Embedding -> LSTM" in repr(network)


def test_what_is_not_finite_is_named() -> None:
    for layer, name in (("encoder/embedding", "embeddings"), ("decoder/softmax", "bias")):
        network = make()
        network.parameters[f"{layer}/{name}"][:] = np.nan
        assert network.find_non_finite(network.shards(network.accept((SOURCES, TARGETS)))) == layer


def test_a_plain_network_is_no_stack_without_a_last_layer() -> None:
    with pytest.raises(InputError, match="a network needs"):
        Network(ENCODER)
