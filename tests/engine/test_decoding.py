"""Decoding, held to a chain whose probabilities are known."""

from itertools import product

import numpy as np
import pytest

from elman.engine.decoding import Choice, beam_search, draw_sequences
from elman.engine.random import uniform
from elman.engine.state import State
from elman.errors import InputError

DRAW = np.random.default_rng(5)
TABLE = np.log(DRAW.dirichlet(np.full(4, 0.5), size=4))
"""Logarithms of p(next | id), ids 0 to 3; 3 ends a sequence."""
END = 3


def advance(ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
    """Read an id: the state counts the ids, to see that it goes with its row."""
    assert len(state) == len(ids)
    return TABLE[ids], State({"h": state.arrays["h"] + 1})


def begin(rows: int = 1) -> tuple[np.ndarray, State]:
    return TABLE[np.zeros(rows, int)], State({"h": np.zeros((rows, 1))})


def log_probability(ids: tuple[int, ...]) -> float:
    return float(sum(TABLE[a, b] for a, b in zip((0, *ids), ids, strict=False)))


class TestChoice:
    def test_draws_as_often_as_is_likely(self) -> None:
        chance = uniform(1, np.arange(40_000))
        ids = Choice().of(np.tile(TABLE[1], (40_000, 1)), chance)
        np.testing.assert_allclose(np.bincount(ids, minlength=4) / 40_000, np.exp(TABLE[1]), atol=0.01)

    def test_temperature_is_a_power_of_the_probabilities(self) -> None:
        ids = Choice(temperature=0.5).of(np.tile(TABLE[1], (40_000, 1)), uniform(2, np.arange(40_000)))
        wanted = np.exp(2 * TABLE[1]) / np.exp(2 * TABLE[1]).sum()
        np.testing.assert_allclose(np.bincount(ids, minlength=4) / 40_000, wanted, atol=0.01)

    @pytest.mark.parametrize("temperature", [0, 1e-320, 1e-300, 1e-46])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_without_temperature_the_likeliest_comes(self, temperature: float, dtype: str) -> None:
        table = TABLE.astype(dtype)
        assert (Choice(temperature).of(table, uniform(0, np.arange(4))) == TABLE.argmax(axis=1)).all()

    def test_top_k_and_top_p_leave_the_likeliest(self) -> None:
        p = np.array([[0.4, 0.1, 0.3, 0.2]])
        logits, chance = np.tile(np.log(p), (5000, 1)), uniform(3, np.arange(5000))
        assert set(Choice(top_k=2).of(logits, chance)) == {0, 2}
        assert set(Choice(top_p=0.65).of(logits, chance)) == {0, 2}
        assert set(Choice(top_p=0.75).of(logits, chance)) == {0, 2, 3}
        assert set(Choice(top_k=2, top_p=0.5).of(logits, chance)) == {0}  # 0.4 of 0.7 is more than half
        shares = np.bincount(Choice(top_k=2).of(logits, chance)) / 5000
        np.testing.assert_allclose(shares, [4 / 7, 0, 3 / 7], atol=0.02)

    def test_what_cannot_come_never_comes(self) -> None:
        logits = np.tile([0.0, -np.inf, 0.0, -np.inf], (2000, 1))
        for choice in (Choice(), Choice(top_k=3), Choice(top_p=1.0), Choice(temperature=100)):
            assert set(choice.of(logits, np.append(uniform(0, np.arange(1999)), 1 - 2**-53))) == {0, 2}

    @pytest.mark.parametrize(
        "settings",
        [{"temperature": -1}, {"temperature": np.nan}, {"top_k": 0}, {"top_k": 1.5}, {"top_p": 0}, {"top_p": 2}],
    )
    def test_settings_are_checked(self, settings: dict[str, object]) -> None:
        with pytest.raises(InputError, match=f"{next(iter(settings))} must be"):
            Choice(**settings)  # type: ignore[arg-type]


class TestDrawSequences:
    def test_a_row_hangs_on_its_number_and_the_seed_alone(self) -> None:
        many = draw_sequences(advance, *begin(20), Choice(), 30, (END,), seed=4)
        few = draw_sequences(advance, *begin(7), Choice(), 30, (END,), seed=4)
        assert many[:7] == few
        assert many != draw_sequences(advance, *begin(20), Choice(), 30, (END,), seed=5)

    def test_ends_and_length_stop_a_row(self) -> None:
        rows = draw_sequences(advance, *begin(200), Choice(), 5, (END,), seed=0)
        assert max(map(len, rows)) == 5
        assert min(map(len, rows)) < 5
        assert not any(END in row for row in rows)

    def test_sequences_are_as_likely_as_the_chain_makes_them(self) -> None:
        rows = draw_sequences(advance, *begin(20_000), Choice(), 2, (END,), seed=9)
        for wanted in product(range(3), repeat=2):
            share = sum(tuple(row) == wanted for row in rows) / len(rows)
            assert share == pytest.approx(np.exp(log_probability(wanted)), abs=0.015)


class TestBeamSearch:
    def test_a_wide_beam_finds_the_best_of_all(self) -> None:
        """Against all sequences of up to four ids."""
        found = beam_search(advance, *begin(), width=200, longest=4, ends=(END,))
        scores = {
            ids: log_probability((*ids, END)[:4]) / min(4, len(ids) + 1)  # those of four have no room for an end
            for n in range(5)
            for ids in product(range(3), repeat=n)
        }
        best = max(scores, key=lambda ids: scores[ids])
        assert tuple(found[0][0]) == best
        assert found[0][1] == pytest.approx(scores[best])
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)

    def test_without_a_penalty_the_likeliest_is_best(self) -> None:
        found = beam_search(advance, *begin(), width=200, longest=4, ends=(END,), length_penalty=0.0)
        every = [ids for n in range(5) for ids in product(range(3), repeat=n)]
        assert tuple(found[0][0]) == max(every, key=lambda ids: log_probability((*ids, END)[:4]))

    def test_sequences_that_differ_in_their_end_alone_are_one(self) -> None:
        found = beam_search(advance, *begin(), width=200, longest=2, ends=(2, END), length_penalty=0.0)
        assert len({tuple(ids) for ids, _ in found}) == len(found)
        scores = {tuple(ids): score for ids, score in found}
        assert scores[()] == pytest.approx(np.log(np.exp(TABLE[0, 2]) + np.exp(TABLE[0, END])))

    def test_a_beam_of_one_is_greedy(self) -> None:
        greedy = draw_sequences(advance, *begin(), Choice(0), 6, (), seed=0)
        assert beam_search(advance, *begin(), width=1, longest=6, ends=())[0][0] == greedy[0]

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("apart", [1, 2])
    def test_a_beam_of_one_is_greedy_where_logits_are_nearly_equal(self, dtype: str, apart: int) -> None:
        """Their logarithms of probabilities are one number, as these are larger than the logits."""
        low = high = np.array(0.01, dtype)[()]
        for _ in range(apart):
            high = np.nextafter(high, np.array(1, dtype)[()])
        for likelier in range(4):
            table = np.full((4, 4), low, dtype)
            table[:, likelier] = high

            def near(ids: np.ndarray, state: State, table: np.ndarray = table) -> tuple[np.ndarray, State]:
                return table[ids], state

            logits, state = table[[0]], begin()[1]
            greedy = draw_sequences(near, logits, state, Choice(0), 6, (), seed=0)
            assert greedy == [[likelier] * 6]
            assert beam_search(near, logits, state, width=1, longest=6, ends=())[0][0] == greedy[0]

    def test_a_network_that_broke_ends_as_others_do(self) -> None:
        def broken(ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
            return np.full((len(ids), 4), np.nan), state

        ((ids, _),) = beam_search(broken, *broken(np.array([0]), begin()[1]), width=2, longest=3, ends=(), count=1)
        assert len(ids) == 3

    @pytest.mark.parametrize("penalty", [0.0, 0.7, 1.0, 3.0])
    @pytest.mark.parametrize("count", [1, 2, 5])
    def test_fewer_sequences_are_the_best_of_all_and_found_sooner(self, count: int, penalty: float) -> None:
        read = 0

        def counted(ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
            nonlocal read
            read += 1
            return advance(ids, state)

        whole = beam_search(counted, *begin(), width=30, longest=60, ends=(END,), length_penalty=penalty)
        read_by_all, read = read, 0
        few = beam_search(counted, *begin(), width=30, longest=60, ends=(END,), length_penalty=penalty, count=count)
        assert few == whole[:count]
        assert read <= read_by_all
        if penalty == 0 and count == 1:
            assert read < read_by_all

    def test_what_cannot_come_never_comes(self) -> None:
        def without(ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
            logits, after = advance(ids, state)
            logits = logits.copy()
            logits[:, [1, END]] = -np.inf
            return logits, after

        logits, state = without(np.array([0]), State({"h": np.zeros((1, 1))}))
        for ids, _ in beam_search(without, logits, state, width=5, longest=4, ends=(END,)):
            assert set(ids) <= {0, 2}
            assert len(ids) == 4
