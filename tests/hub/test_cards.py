"""Cards: every shipped card is what its prose and its metrics files make; no figure is claimed without its file."""

import dataclasses
import json
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from benchmarks import accuracy
from benchmarks.accuracy import CHECKPOINTS, MEASUREMENTS, render
from hub import cards
from hub.cards import FIGURES, METADATA, CardError, build_card, verdicts


@pytest.mark.parametrize("model", METADATA)
def test_shipped_card_is_what_prose_and_metrics_make(model: str) -> None:
    shipped = (CHECKPOINTS / model / "README.md").read_text(encoding="utf-8")
    assert shipped == str(build_card(model))
    assert FIGURES not in shipped


@pytest.mark.parametrize("model", METADATA)
def test_card_metadata_holds_the_measured_figures(model: str) -> None:
    results = ModelCard.load(CHECKPOINTS / model / "README.md").data.eval_results
    expected = {}
    for measurement in (m for m in MEASUREMENTS if m.model == model):
        values = json.loads(measurement.file.read_text())
        judged, given = values["modalities"], values["task_config"]["modalities"]
        alone = "" if judged == given else f", {' and '.join(judged)} alone"
        key = (measurement.task, f"{measurement.dataset}{alone}", measurement.measure)
        expected[key] = round(values[measurement.measure], 4)
    assert {(r.task_name, r.dataset_name, r.metric_type): r.metric_value for r in results} == expected
    assert len(results) == len(expected)
    assert ("hate", "hateful_memes, text alone", "roc_auc") in expected or model != "meme"


def test_accuracy_table_is_what_the_metrics_make() -> None:
    assert (Path(accuracy.__file__).parent / "accuracy.md").read_text(encoding="utf-8") == render()


@pytest.mark.parametrize(("cores", "expected"), [({3}, "1 core"), ({0, 5, 6}, "3 cores"), (None, "8 cores")])
def test_stamp_counts_the_cores_that_may_be_used(
    monkeypatch: pytest.MonkeyPatch, cores: set[int] | None, expected: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    if cores is None:
        monkeypatch.delattr("os.sched_getaffinity", raising=False)
    else:
        monkeypatch.setattr("os.sched_getaffinity", lambda pid: cores, raising=False)
    assert accuracy.stamp()["processor"] == f"x86_64, {expected}"


def test_verdicts_tell_how_often_answers_are_right() -> None:
    given = {
        "hateful": {"share": 0.0, "right": None},
        "not hateful": {"share": 0.75, "right": 0.8125},
        "uncertain": {"share": 0.25, "right": None},
    }
    values = {"task": "hate", "dataset": "harmeme", "modalities": ["text", "image"], "num_items": 353, "accuracy": 0.8}
    found: list[cards.Figure] = [("accuracy", values, False), ("accuracy", {**values, "verdicts": given}, False)]
    assert verdicts(found).splitlines()[2:] == [
        "| hate | harmeme, text and image | never given (0%) | 0.812 (75%) | 25% |"
    ]
    assert verdicts(found[:1]) == "No yes/no verdicts have been measured."


def test_build_card_refuses_a_figure_that_was_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    unmeasured = dataclasses.replace(MEASUREMENTS[0], model="meme", dataset="never")
    monkeypatch.setattr(cards, "MEASUREMENTS", (*MEASUREMENTS, unmeasured))
    with pytest.raises(CardError, match=f"{unmeasured.task}/never has no figures: expected .*json, run mmemo evaluate"):
        build_card("meme")


def test_build_card_refuses_prose_without_a_place_for_figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "meme.md").write_text("# no figures here\n")
    monkeypatch.setattr(cards, "PROSE", tmp_path)
    with pytest.raises(CardError, match=r"meme\.md: expected a line"):
        build_card("meme")
