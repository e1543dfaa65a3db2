"""`elman demo`: the lecture."""

import json

from .conftest import Run


class TestDemo:
    def test_shows_the_lecture(self, run: Run) -> None:
        result = run("demo")
        assert result.status == 0
        for part in (
            "movie, was, good, bad, not",
            '"movie was good"  (3, 5)',
            '"movie was not good"  (4, 5)',
            "[0, 0, 0, 0, 1]",
            "5*3 + 3 = 18",
            "3*3 = 9",
            "3*1 + 1 = 4",
            "31 parameters",
            "50.0% right, as a coin",
            "100.0% right",
        ):
            assert part in result.out
        assert max(len(line) for line in result.out.splitlines()) <= 80

    def test_json(self, run: Run) -> None:
        figures = json.loads(run("demo", "--json").out)
        assert figures["shapes"] == [[3, 5], [3, 5], [4, 5]]
        assert figures["parameters"] == 31
        assert [round(p) for p in figures["probabilities"]] == [1, 0, 0]
        assert figures["without_memory"] == 0.5
        assert figures["recurrent"] > 0.98
