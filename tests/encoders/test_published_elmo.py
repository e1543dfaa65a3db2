"""Published ELMo: against the embeddings that its own makers computed, and against plain NumPy."""

import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import elman
from elman import Tagger, TextClassifier
from elman.encoders import PublishedELMo
from elman.engine.layers import Input
from elman.engine.state import State
from elman.errors import InputError, ModelFolderError
from elman.modelfolder import read_model_folder, write_model_folder

DRAW = np.random.default_rng(0)
OPTIONS: dict[str, Any] = {
    "lstm": {
        "cell_clip": 0.4, "use_skip_connections": True, "n_layers": 3, "proj_clip": 0.3, "projection_dim": 5, "dim": 7,
    },
    "char_cnn": {
        "embedding": {"dim": 3}, "filters": [[1, 4], [3, 6], [5, 2]], "n_highway": 2, "n_characters": 262,
        "max_characters_per_token": 9, "activation": "tanh",
    },
}  # fmt: skip
CELL = "RNN_0/RNN/MultiRNNCell/Cell"
TEXTS = [["The", "film", "was", "unforgettable", "."], [], ["café"], ["👩‍🚀", "טוב", "was", "The"], ["was"] * 9]


def write_weights(path: Path, options: dict[str, Any]) -> Path:
    """Write random weights in the published layout."""
    cnn, lstm = options["char_cnn"], options["lstm"]
    filters, width, units = cnn["filters"], lstm["projection_dim"], lstm["dim"]
    found = sum(number for _, number in filters)
    with h5py.File(path, "w") as file:
        file["char_embed"] = DRAW.normal(size=(261, cnn["embedding"]["dim"]))
        for i, (size, number) in enumerate(filters):
            file[f"CNN/W_cnn_{i}"] = DRAW.normal(size=(1, size, cnn["embedding"]["dim"], number))
            file[f"CNN/b_cnn_{i}"] = DRAW.normal(size=number)
        for i in range(cnn["n_highway"]):
            for name in ("carry", "transform"):
                file[f"CNN_high_{i}/W_{name}"] = DRAW.normal(size=(found, found)) / 3
                file[f"CNN_high_{i}/b_{name}"] = DRAW.normal(size=found)
        file["CNN_proj/W_proj"], file["CNN_proj/b_proj"] = DRAW.normal(size=(found, width)), DRAW.normal(size=width)
        for direction in range(2):
            for i in range(lstm["n_layers"]):
                cell = f"RNN_{direction}/RNN/MultiRNNCell/Cell{i}/LSTMCell"
                file[f"{cell}/B"] = DRAW.normal(size=4 * units)
                file[f"{cell}/W_0"] = DRAW.normal(size=(2 * width, 4 * units))
                file[f"{cell}/W_P_0"] = DRAW.normal(size=(units, width))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("elmo")
    (folder / "options.json").write_text(json.dumps(OPTIONS))
    weights = write_weights(folder / "weights.hdf5", OPTIONS)
    return {"options_file": str(folder / "options.json"), "weight_file": str(weights)}


@pytest.fixture(scope="module")
def elmo(files: dict[str, str]) -> PublishedELMo:
    return PublishedELMo(**files).fit()


class Derivation:
    """The paper's and TensorFlow's equations, word by word and step by step, in float64."""

    def __init__(self, files: dict[str, str], options: dict[str, Any]) -> None:
        self.options = options
        with h5py.File(files["weight_file"]) as file:
            self.w: dict[str, Any] = {}
            file.visititems(
                lambda name, item: self.w.update({name: item[...].astype(float)} if hasattr(item, "shape") else {})
            )

    def word(self, inside: list[int]) -> Any:
        cnn, w = self.options["char_cnn"], self.w
        longest = cnn["max_characters_per_token"]
        ids = [258, *inside[: longest - 2], 259]
        x, found = w["char_embed"][ids + [260] * (longest - len(ids))], []
        for i, (size, _) in enumerate(cnn["filters"]):
            kernel = w[f"CNN/W_cnn_{i}"][0]
            windows = [np.einsum("kd,kdf->f", x[t : t + size], kernel) for t in range(longest - size + 1)]
            found.append(np.max(windows, axis=0) + w[f"CNN/b_cnn_{i}"])
        y = np.concatenate(found)
        y = np.tanh(y) if cnn["activation"] == "tanh" else np.maximum(y, 0)
        for i in range(cnn["n_highway"]):
            carry = 1 / (1 + np.exp(-(y @ w[f"CNN_high_{i}/W_carry"] + w[f"CNN_high_{i}/b_carry"])))
            y = (
                carry * np.maximum(y @ w[f"CNN_high_{i}/W_transform"] + w[f"CNN_high_{i}/b_transform"], 0)
                + (1 - carry) * y
            )
        return y @ w["CNN_proj/W_proj"] + w["CNN_proj/b_proj"]

    def direction(self, number: int, x: Any) -> list[Any]:
        lstm, layers, sigmoid = self.options["lstm"], [x], lambda z: 1 / (1 + np.exp(-z))
        for i in range(lstm["n_layers"]):
            W, B, P = (self.w[f"RNN_{number}/RNN/MultiRNNCell/Cell{i}/LSTMCell/{n}"] for n in ("W_0", "B", "W_P_0"))
            c, h, out = np.zeros(lstm["dim"]), np.zeros(lstm["projection_dim"]), []
            for x_t in layers[-1]:
                gate_i, gate_j, gate_f, gate_o = np.split(np.concatenate([x_t, h]) @ W + B, 4)
                c = sigmoid(gate_f + 1) * c + sigmoid(gate_i) * np.tanh(gate_j)
                c = np.clip(c, -lstm["cell_clip"], lstm["cell_clip"]) if lstm["cell_clip"] else c
                h = sigmoid(gate_o) * np.tanh(c) @ P
                h = np.clip(h, -lstm["proj_clip"], lstm["proj_clip"]) if lstm["proj_clip"] else h
                out.append(h + x_t if i and lstm["use_skip_connections"] else h)
            layers.append(np.array(out))
        return layers

    def text(self, tokens: list[str]) -> list[Any]:
        spelled = [[256], *(list(token.encode()) for token in tokens), [257]]
        x = np.array([self.word(ids) for ids in spelled])
        ahead, back = self.direction(0, x), self.direction(1, x[::-1])
        return [np.hstack([a, b[::-1]])[1:-1] for a, b in zip(ahead, back, strict=True)]


def test_gives_the_embeddings_that_its_makers_computed(real_data: Path) -> None:
    """Lists are read side by side, and the states go on from one sentence of a list to the next."""
    folder = real_data / "elmo_fixture"
    elmo = PublishedELMo(options_file=f"{folder}/options.json", weight_file=f"{folder}/lm_weights.hdf5").fit()
    lists = [
        [text.split() for text in texts] for texts in json.loads((folder / "lm_embeddings_sentences.json").read_text())
    ]
    expected = [h5py.File(folder / f"lm_embeddings_{i}.hdf5") for i in range(len(lists))]
    state: State | None = None
    for k in range(len(lists[0])):
        layers, state = elmo.layers_of([texts[k] for texts in lists], state, return_state=True)
        for i, file in enumerate(expected):
            assert layers[2][i].shape == (len(lists[i][k]), 32)
            np.testing.assert_allclose(layers[2][i], np.hstack(list(file[str(k)][...])), atol=1e-5, rtol=0)
    for file in expected:
        file.close()


@pytest.mark.parametrize(
    "changed", [{}, {"cell_clip": None, "proj_clip": None}, {"use_skip_connections": False}], ids=str
)
def test_gives_what_plain_numpy_gives(files: dict[str, str], tmp_path: Path, changed: dict[str, Any]) -> None:
    options = OPTIONS | {"lstm": OPTIONS["lstm"] | changed}
    (tmp_path / "options.json").write_text(json.dumps(options))
    own = files | {"options_file": str(tmp_path / "options.json")}
    elmo, plain = PublishedELMo(**own).fit(), Derivation(own, options)
    layers = elmo.layers_of(TEXTS)
    assert len(layers) == 4
    for i, text in enumerate(TEXTS):
        for made, expected in zip(layers, plain.text(text), strict=True):
            np.testing.assert_allclose(made[i], expected, atol=2e-5)
        np.testing.assert_allclose(elmo.transform(TEXTS)[i], np.mean(plain.text(text), axis=0), atol=2e-5)


def test_each_layer_clips_and_skips_something(files: dict[str, str]) -> None:
    """The bounds are so narrow, and the sums so wide, that leaving one out is seen above."""
    plain = Derivation(files, OPTIONS)
    for changed in ({"cell_clip": None}, {"proj_clip": None}, {"use_skip_connections": False}):
        other = Derivation(files, OPTIONS | {"lstm": OPTIONS["lstm"] | changed})
        assert np.abs(plain.text(TEXTS[0])[3] - other.text(TEXTS[0])[3]).max() > 1e-2


def test_same_bits_in_any_company_and_with_any_threads(elmo: PublishedELMo) -> None:
    texts = [list(DRAW.permutation([f"w{i}" for i in range(40)])[: DRAW.integers(0, 30)]) for _ in range(50)]
    together = elmo.set_params(threads=1).transform(texts)
    threaded = elmo.set_params(threads=2).transform(texts)
    assert (together.values == threaded.values).all()
    for i in (0, 7, 23, 49):
        assert (elmo.transform([texts[i]])[0] == together[i]).all()
    assert together.values.dtype == np.float32


def test_a_text_begins_anew_unless_a_state_is_given(elmo: PublishedELMo) -> None:
    again, state = elmo.layers_of(TEXTS, return_state=True)
    assert (again[3].values == elmo.layers_of(TEXTS)[3].values).all()
    going_on = elmo.layers_of(TEXTS, state)
    for i in (0, 2, 3):
        assert np.abs(going_on[3][i] - again[3][i]).max() > 1e-3
    assert (going_on[0].values == again[0].values).all()
    back = State.from_bytes(state.to_bytes()).take([3, 0])
    assert (elmo.layers_of([TEXTS[3], TEXTS[0]], back)[3][1] == going_on[3][0]).all()
    with pytest.raises(InputError, match="state must be what layers_of gives for 2 texts"):
        elmo.layers_of(TEXTS[:2], state)
    with pytest.raises(InputError, match="state must be what layers_of gives"):
        elmo.layers_of(TEXTS[:2], "nothing")  # type: ignore[arg-type]


def test_edges(elmo: PublishedELMo) -> None:
    assert elmo.transform([]).values.shape == (0, 10)
    assert elmo.transform([""]).lengths.tolist() == [0]
    assert elmo.transform(["Good"])[0].shape == (1, 10)
    assert (elmo.transform(["Good"]).values != elmo.transform(["good"]).values).any()  # letter case is read
    long = elmo.transform([["a" * 7 + end] for end in ("b", "c")])
    assert (long[0] == long[1]).all()  # of a long word the first characters are read
    assert np.isfinite(elmo.transform([["\ud800", " ", "\n"]]).values).all()
    assert elmo.get_feature_names_out().tolist()[:2] == ["publishedelmo0", "publishedelmo1"]


def test_begins_a_network(elmo: PublishedELMo) -> None:
    from elman.engine import Dense, Network, SimpleRNN

    network = Network([elmo.layer(), SimpleRNN(3), Dense(1, "sigmoid")])
    assert network.predict(elmo.numbers(TEXTS)).shape == (5, 1)
    assert (elmo.numbers(TEXTS).values == elmo.transform(TEXTS).values).all()
    assert elmo.weights() == {}


@pytest.mark.parametrize("fitted", [False, True])
def test_is_all_that_a_classifier_or_a_tagger_reads(files: dict[str, str], fitted: bool, tmp_path: Path) -> None:
    encoder = PublishedELMo(**files).fit() if fitted else PublishedELMo(**files)
    settings: dict[str, Any] = {"encoder": encoder, "epochs": 2, "units": 4}
    texts = ["A Good film", "a bad film", "Never seen 👩‍🚀", ""]
    model = TextClassifier(**settings).fit(texts[:2] * 6, [1, 0] * 6)
    assert [type(layer) for layer in model.network_.layers[:1]] == [Input]
    expected = model.predict_proba(texts)
    assert (expected[0] != model.predict_proba(["a good film"])[0]).any()  # letter case is read
    model.save(tmp_path / "m")
    loaded = elman.load(tmp_path / "m")
    assert (loaded.predict_proba(texts) == expected).all()
    anew = [one.refit_on(texts[:2] * 6, [1, 0] * 6).predict_proba(texts) for one in (loaded, model)]
    assert (anew[0] == anew[1]).all()
    tagger = Tagger(**settings).fit([["The", "cat"], ["a", "Dog"]] * 6, [["D", "N"]] * 12)
    tagger.save(tmp_path / "t")
    sentences = [["The", "dog"], []]
    both = zip(elman.load(tmp_path / "t").predict_proba(sentences), tagger.predict_proba(sentences), strict=True)
    assert all((one == other).all() for one, other in both)


@pytest.mark.slow
def test_a_long_text_needs_memory_for_what_comes_out_alone(elmo: PublishedELMo) -> None:
    text = [["word", "another"][i % 2] for i in range(100_000)]
    elmo.transform([text[:10]])  # loads the kernels, which takes memory of its own
    tracemalloc.start()
    values = elmo.transform([text]).values
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert values.shape == (100_000, 10)
    assert peak < 12 * values.nbytes


class TestSaving:
    def test_gives_the_same_bits_without_the_files(self, elmo: PublishedELMo, tmp_path: Path) -> None:
        elmo.save(tmp_path / "model")
        loaded = PublishedELMo.load(tmp_path / "model")
        assert (loaded.transform(TEXTS).values == elmo.transform(TEXTS).values).all()
        assert loaded.get_params()["weight_file"] == elmo.weight_file

    @pytest.mark.parametrize(
        "damage",
        [
            lambda folder: folder.arrays.pop("forward_1/bias"),
            lambda folder: folder.arrays.update({"backward_0/projection": np.zeros((2, 2), np.float32)}),
            lambda folder: folder.arrays.update({"words/projection_bias": np.zeros(5)}),
            lambda folder: folder.config["facts"]["settings"].pop("units"),
            lambda folder: folder.config["facts"]["settings"].update(filters=[[1, "a"]]),
            lambda folder: folder.config["facts"]["settings"].update(layers=-1),
            lambda folder: folder.config["facts"]["settings"].update(layers=10**9),
            lambda folder: folder.config["facts"]["settings"].update(filters=[[1, 2**31 - 1]]),
            lambda folder: folder.config["facts"].pop("settings"),
        ],
        ids=["missing", "shape", "dtype", "setting", "filters", "layers", "many layers", "many filters", "facts"],
    )
    def test_damaged_folders_are_refused(self, elmo: PublishedELMo, tmp_path: Path, damage: Any) -> None:
        elmo.save(tmp_path / "model")
        folder = read_model_folder(tmp_path / "model")
        damage(folder)
        write_model_folder(tmp_path / "other", folder)
        with pytest.raises(ModelFolderError, match="settings"):
            PublishedELMo.load(tmp_path / "other")


class TestFiles:
    @pytest.mark.parametrize(
        ("where", "name", "value", "message"),
        [
            ("lstm", "dim", 8, rf"{CELL}0/LSTMCell/W_0 must be numbers of shape \(10, 32\).* of shape \(10, 28\)"),
            (
                "lstm",
                "n_layers",
                4,
                rf"holds no {CELL}3/LSTMCell/B, which the options name \(6 such arrays\): options and weights",
            ),
            (
                "lstm",
                "n_layers",
                2,
                rf"holds {CELL}2/LSTMCell/B as well \(6 such arrays\): options and weights are not of",
            ),
            ("lstm", "n_layers", 10**9, "1000000000 layers and 2 highways do not go with a file of 35 arrays"),
            ("lstm", "n_layers", 0, "layers of a published ELMo must be a positive integer, got 0"),
            ("lstm", "cell_clip", -1, "cell_clip of a published ELMo must be a positive number"),
            ("lstm", "use_skip_connections", "yes", "must be true or false, got 'yes'"),
            ("char_cnn", "activation", "gelu", "activation must be one of relu, tanh, got 'gelu'"),
            ("char_cnn", "filters", [[10, 3]], "filters must be pairs"),
            (
                "char_cnn",
                "filters",
                [[1, 4], [3, 6]],
                "W_proj must have a row for each of the 10 filters .* \\(12, 5\\)",
            ),
            (
                "char_cnn",
                "filters",
                [[1, 4], [3, 2**31 - 1]],
                "W_proj must have a row for each of the 2147483651 filters",
            ),
            ("char_cnn", "filters", [[1, 4], [3, 2], [5, 6]], r"W_cnn_1 must be numbers of shape \(1, 3, 3, 2\)"),
            ("char_cnn", "n_highway", 1, r"holds CNN_high_1/W_carry as well \(4 such arrays\)"),
            ("char_cnn", "n_highway", 3, r"holds no CNN_high_2/W_carry, which the options name"),
            ("char_cnn", "n_highway", 10**9, "3 layers and 1000000000 highways do not go with"),
            ("char_cnn", "n_characters", 300, "n_characters must be 261 or 262, got 300"),
            ("char_cnn", "embedding", {}, "holds no options"),
        ],
    )
    def test_options_that_do_not_fit(
        self, files: dict[str, str], tmp_path: Path, where: str, name: str, value: Any, message: str
    ) -> None:
        (tmp_path / "options.json").write_text(json.dumps(OPTIONS | {where: OPTIONS[where] | {name: value}}))
        with pytest.raises(InputError, match=message):
            PublishedELMo(**files | {"options_file": str(tmp_path / "options.json")}).fit()

    def test_files_that_are_none(self, files: dict[str, str], tmp_path: Path) -> None:
        for name in files:
            with pytest.raises(InputError, match=f"{name} must be the path of a file of a published ELMo, got None"):
                PublishedELMo(**files | {name: None}).fit()
            with pytest.raises(InputError, match=f"{name}: .* cannot be read"):
                PublishedELMo(**files | {name: str(tmp_path / "missing")}).fit()
            with pytest.raises(InputError, match=f"{name} must be a path, a string or os.PathLike, got 3"):
                PublishedELMo(**files | {name: 3}).fit()  # type: ignore[dict-item]
        with pytest.raises(InputError, match="cannot be read as HDF5: it is a file of something else"):
            PublishedELMo(**files | {"weight_file": files["options_file"]}).fit()
        for name in files:
            with pytest.raises(InputError, match=rf"{name}: {tmp_path} cannot be read: Is a directory$"):
                PublishedELMo(**files | {name: str(tmp_path)}).fit()

    def test_options_nested_too_deeply(self, files: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "options.json").write_text("[" * 100_000)
        with pytest.raises(InputError, match="holds no options of a published ELMo: RecursionError"):
            PublishedELMo(**files | {"options_file": str(tmp_path / "options.json")}).fit()

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (np.full((12, 5), np.nan), "CNN_proj/W_proj holds NaN, infinity, or what is so in float32"),
            (np.full((12, 5), 0x7FF0000000000001, np.uint64).view(float), "CNN_proj/W_proj holds NaN"),
            (np.full((12, 5), -1e39), "CNN_proj/W_proj holds NaN, infinity, or what is so in float32"),
            (
                np.ones((12, 5), complex),
                r"CNN_proj/W_proj must be numbers of shape .* got complex128 of shape \(12, 5\)",
            ),
            (np.full((12, 5), "x", "S1"), "CNN_proj/W_proj must be numbers .* got |S1"),
            (None, "CNN_proj/W_proj must have a row for each of the 12 filters of the options, got no such array"),
        ],
        ids=["NaN", "signalling NaN", "too large", "complex", "text", "missing"],
    )
    def test_weights_that_are_none(self, files: dict[str, str], tmp_path: Path, values: Any, message: str) -> None:
        weights = write_weights(tmp_path / "weights.hdf5", OPTIONS)
        with h5py.File(weights, "a") as file:
            del file["CNN_proj/W_proj"]
            if values is not None:
                file["CNN_proj/W_proj"] = values
        with pytest.raises(InputError, match=f"weight_file: {weights}: {message}"):
            PublishedELMo(**files | {"weight_file": str(weights)}).fit()

    def test_a_file_that_is_cut_off(self, files: dict[str, str], tmp_path: Path) -> None:
        content = Path(files["weight_file"]).read_bytes()
        (tmp_path / "cut").write_bytes(content[: len(content) // 2])
        with pytest.raises(InputError, match=r"cut is damaged or cut off \(OSError\); fetch it anew$"):
            PublishedELMo(**files | {"weight_file": str(tmp_path / "cut")}).fit()

    def test_without_h5py_it_says_what_to_install(self, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "h5py", None)
        with pytest.raises(InputError, match=r'weight_file is HDF5, which h5py reads: pip install "elman\[hdf5\]"'):
            PublishedELMo(**files).fit()

    def test_paths_that_are_no_strings(self, files: dict[str, str], elmo: PublishedELMo, tmp_path: Path) -> None:
        encoder = PublishedELMo(**{name: Path(path) for name, path in files.items()}).fit()
        assert (encoder.transform(TEXTS).values == elmo.transform(TEXTS).values).all()
        encoder.save(tmp_path / "model")
        assert PublishedELMo.load(tmp_path / "model").get_params()["weight_file"] == files["weight_file"]

    def test_before_fit_it_says_so(self, files: dict[str, str]) -> None:
        with pytest.raises(ValueError, match="not fitted yet"):
            PublishedELMo(**files).transform(TEXTS)
