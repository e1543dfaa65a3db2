"""`elman explain`: a model of each kind, and what is refused."""

import json
from pathlib import Path

import pytest

import elman
from elman.inspection import attribute

from .conftest import Run

TEXT = "the plot was not fine but superb"


def test_prints_what_each_word_did(run: Run, files: Path) -> None:
    result = run("explain", files / "model", TEXT)
    assert result.status == 0 and not result.err
    found = attribute(elman.load(files / "model"), TEXT)
    assert result.out == "\n".join(found.lines()) + "\n"
    assert "answer 1: " in result.out


@pytest.mark.parametrize("method", ["telescoping", "leave-one-out", "gradient-x-input", "integrated-gradients"])
@pytest.mark.parametrize("text", [TEXT, "", "xyzzy", "🙂 שלום <b>"])
def test_json_is_one_object_with_the_very_numbers(run: Run, files: Path, method: str, text: str) -> None:
    item = json.loads(run("explain", files / "model", text, "--method", method, "--json", "--answer", "0").out)
    found = attribute(elman.load(files / "model"), text, method, answer=0)
    assert item == {"text": text, **found.to_json()}
    assert item["answer"] == 0 and len(item["words"]) == len(found.tokens)


def test_settings_of_integrated_gradients(run: Run, files: Path) -> None:
    more = ["--method", "integrated-gradients", "--steps", "7", "--baseline", "unknown", "--json"]
    item = json.loads(run("explain", files / "model", TEXT, *more).out)
    assert (item["steps"], item["baseline"]) == (7, "unknown")


def test_writes_a_page(run: Run, files: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = run("explain", files / "model", TEXT, "--html", page)
    assert page.read_text("utf-8") == attribute(elman.load(files / "model"), TEXT).to_html()
    assert str(page) in result.err and "answer 1" in result.out
    refused = run("explain", files / "model", TEXT, "--html", tmp_path)
    assert refused.status == 1 and "is a folder" in refused.err and not refused.out
    refused = run("explain", files / "model", TEXT, "--html", tmp_path / "page.txt")
    assert refused.status == 2 and "page.txt: must be a name that ends in .html or .htm" in refused.err
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs /dev/null")
def test_a_device_has_no_ending(run: Run, files: Path) -> None:
    assert run("explain", files / "model", TEXT, "--html", "/dev/null").status == 0


def test_a_tag(run: Run, files: Path) -> None:
    item = json.loads(run("explain", files / "tagger", "The cat sat .", "--position", "2", "--json").out)
    assert (item["answer"], item["method"], item["position"]) == ("I-NP", "leave-one-out", 1)
    for more in ([], ["--position", "5"]):
        result = run("explain", files / "tagger", "The cat sat .", *more)
        assert result.status == 2 and "--position must say which word's answer is explained, 1 to 4" in result.err
    assert "no word to explain" in run("explain", files / "tagger", "", "--position", "1").err


def test_a_language_model(run: Run, tmp_path: Path) -> None:
    texts = ["movie was good", "movie was bad"] * 3
    elman.TextGenerator(units=4, embedding_dim=4, epochs=1).fit(texts, [0, 1] * 3).save(tmp_path / "m")
    item = json.loads(run("explain", tmp_path / "m", "movie was", "--about", "1", "--answer", "bad", "--json").out)
    assert [word["word"] for word in item["words"]] == ["<about 1>", "movie", "was"]
    placed = run("explain", tmp_path / "m", "movie was bad", "--about", "1", "--position", "3", "--json").out
    assert json.loads(placed) == item | {"text": "movie was bad", "position": 2}
    missing = run("explain", tmp_path / "m", "movie")
    assert missing.status == 2 and "--about must be one of" in missing.err


def test_the_next_word_of_a_model_led_by_numbers(run: Run, tmp_path: Path) -> None:
    texts = ["take 1 or 2", "take 2 or 1"] * 4
    elman.TextGenerator(units=4, embedding_dim=4, epochs=1).fit(texts, [1, 2] * 4).save(tmp_path / "m")
    result = run("explain", tmp_path / "m", "take", "--about", "1", "--answer", "2", "--json")
    assert result.status == 0, result.err
    assert json.loads(result.out)["answer"] == "2"  # the word, and not the label


def test_text_from_stdin(run: Run, files: Path) -> None:
    found = run("explain", files / "model", "-", stdin=TEXT.encode() + b"\n")
    assert found.status == 0 and found.out == run("explain", files / "model", TEXT).out


@pytest.mark.parametrize("encoder", ["tfidf", "doc2vec"])
def test_one_vector_of_all_words_is_explained_without_options(run: Run, tmp_path: Path, encoder: str) -> None:
    texts = ["movie was good", "movie was bad"] * 3
    elman.TextClassifier(encoder=encoder, layers=0, epochs=1).fit(texts, [0, 1] * 3).save(tmp_path / "m")
    result = run("explain", tmp_path / "m", "movie was", "--json")
    assert result.status == 0 and json.loads(result.out)["method"] == "leave-one-out"
    refused = run("explain", tmp_path / "m", "movie was", "--method", "telescoping")
    assert refused.status == 2 and "take leave-one-out" in refused.err


def test_wrong_usage(run: Run, files: Path) -> None:
    for more, message in [
        (["--method", "magic"], "is not one of telescoping"),
        (["--answer", "great"], "--answer must be one of 0, 1, got 'great'"),
        (["--position", "1"], "--position has no effect on a classifier"),
        (["--about", "1"], "leave --about out"),
        (["--steps", "3"], "--steps 3 has no effect with --method telescoping: leave --steps out"),
        (["--baseline", "mean"], "is not one of zero, unknown"),
    ]:
        result = run("explain", files / "model", TEXT, *more)
        assert result.status == 2, more
        assert message in result.err and not result.out
    assert run("explain", files / "model").status == 2


def test_models_that_are_not_explained(run: Run, tmp_path: Path) -> None:
    elman.SequenceClassifier(epochs=1).fit([[0, 1], [1, 0]], [0, 1]).save(tmp_path / "numbers")
    result = run("explain", tmp_path / "numbers", "good")
    assert result.status == 1 and "sequences of numbers" in result.err
    pairs = (["a b", "b a"], ["b a", "a b"])
    elman.Transducer(units=4, embedding_dim=4, epochs=1).fit(*pairs).save(tmp_path / "pairs")
    result = run("explain", tmp_path / "pairs", "good")
    assert result.status == 1 and "does not explain" in result.err


def test_of_many_answers_an_error_names_a_few(run: Run, tmp_path: Path) -> None:
    texts, labels = [f"word{number}" for number in range(24)] * 2, [f"label{number}" for number in range(24)] * 2
    elman.TextClassifier(epochs=1, units=2, embedding_dim=2).fit(texts, labels).save(tmp_path / "m")
    for arguments in (("explain", "--answer"), ("trace", "--backward", "--label"), ("plot", "gradient")):
        command, *options = arguments
        given = ["gradient", "word1", "--label", "x", "--out", tmp_path / "a.svg"] if command == "plot" else []
        result = run(command, tmp_path / "m", *(given or ["word1", *options, "x"]))
        assert result.status in (1, 2)
        first = [repr(label) if command == "plot" else label for label in sorted(set(labels))[:10]]
        assert f" must be one of {', '.join(first)} and 14 others, got 'x'" in result.err
