"""What moved the scores of an `MmemoModel`: modalities, words, places of the picture or face, from one run of it.

`Attributor.attribute` needs no second pass over an encoder: Shapley values ask fusions and heads again, words and
places come from one backward pass for each task through the graph that the run kept (`saliency`).
`integrated_gradients` and `leave_one_out` run the text encoder again, `hiding_places` the picture encoder.

Conventions: B samples; a leading face stands for the modality `face`; the explained label is a decision's "yes" label,
else the most probable one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mmemo.explain import rise
from mmemo.explain.saliency import (
    embeddings_replaced,
    gradients,
    heat_map,
    log_odds,
    place_relevance,
    tap,
    token_relevance,
)
from mmemo.explain.shapley import Coalition, coalitions, shapley_values
from mmemo.explain.words import WordTokens, text_without, weigh, with_weights
from mmemo.models import MmemoModel, TaskConfig
from mmemo.models.fusion_mmemo import Encoded, present_in
from mmemo.results import Attribution, Box, Decision, HeatMap, Verdict, WordWeights

Answers = dict[Coalition, dict[str, list[list[float]]]]
"""Coalition of modalities -> task -> probabilities (B, N) of the samples seen by these modalities alone."""

TOKEN_BUDGET = 768
"""Tokens that integrated gradients of all tasks may put through an encoder, which bounds the time of `full`."""
MIN_STEPS, MAX_STEPS = 5, 12
"""Points of the path of integrated gradients."""
PLACES = ("image", "face")
"""Modalities that have places; a task that sees both is explained by the whole picture."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a model on B samples, made while `saliency.recording`, and what explaining it needs.

    Attributes:
        encoded: Modality to tokens (B, L, D) and mask (B, L).
        logits: Task to (B, N).
        leaves: Modality to the leaf of its encoder, (R, ...).
        rows: Modality to the row of each sample in its leaf; of no meaning where the sample lacks it.
        input_ids: Token ids (B, L); None without words.
        pixel_values: Pictures (B, 3, H, W), zeros for a sample without one; None without any.
        words: For each sample, the words that were read.
        areas: Modality to the part of the picture that its encoder saw of each sample; None where it lacks it.
    """

    encoded: Encoded
    logits: dict[str, Tensor]
    leaves: dict[str, Tensor]
    rows: dict[str, list[int]]
    input_ids: Tensor | None = None
    pixel_values: Tensor | None = None
    words: list[tuple[WordTokens, ...]]
    areas: dict[str, list[Box | None]] = field(default_factory=dict)

    def present(self, modalities: Sequence[str]) -> list[tuple[str, ...]]:
        """Those of the modalities that each sample has, in their order."""
        return _present(self.encoded, modalities, len(self.words))


def verdict_of(task: TaskConfig, probabilities: Sequence[float], modalities: tuple[str, ...]) -> Verdict:
    """Verdict of a task with one label on a sample that has these modalities, else the most probable label."""
    if len(task.labels) > 1:
        return task.labels[max(range(len(task.labels)), key=probabilities.__getitem__)]
    return decision_of(task, probabilities[0], modalities).verdict


def decision_of(task: TaskConfig, probability: float, modalities: tuple[str, ...]) -> Decision:
    """A task with one label as a decision."""
    (label,) = task.labels
    return Decision(
        label=label,
        probability=probability,
        threshold=task.threshold(label, modalities),
        uncertain_band=task.band(modalities),
        modalities=modalities,
    )


class Attributor:
    """Explains runs of one model; may be used from several threads."""

    def __init__(self, model: MmemoModel) -> None:
        """Tap the model's encoders; its parameters stop requiring gradients."""
        self.model = model.requires_grad_(False)
        self._nothing: dict[str, list[float]] = {}
        for modality, encoder in model.encoders.items():
            tap(modality, encoder.backbone)

    def nothing(self, task: str) -> list[float]:
        """Probabilities (N,) of a task when nothing is given."""
        if task not in self._nothing:
            with torch.inference_mode():
                self._nothing[task] = self.model.probabilities(self.model.classify({}, (task,)))[task][0].tolist()
        return self._nothing[task]

    def coalitions(self, run: Run) -> dict[Coalition, list[str]]:
        """Which tasks must be asked again with fewer modalities: coalition to their names."""
        needed: dict[Coalition, list[str]] = {}
        for task in run.logits:
            found = {
                c for present in set(run.present(self.model.config.task(task).modalities)) for c in _parts(present)
            }
            for coalition in found:
                needed.setdefault(coalition, []).append(task)
        return needed

    def ask(self, run: Run, needed: Mapping[Coalition, Sequence[str]]) -> Answers:
        """Answers of tasks to fewer modalities, from what is encoded; one pass for each coalition."""
        answers: Answers = {}
        for coalition, tasks in needed.items():
            with torch.no_grad():
                seen = {name: run.encoded[name] for name in run.encoded if name in coalition}
                found = self.model.probabilities(self.model.classify(seen, tuple(tasks)), present_in(seen))
            answers[coalition] = {task: values.tolist() for task, values in found.items()}
        return answers

    def attribute(self, run: Run, answers: Answers) -> list[dict[str, Attribution]]:
        """What moved the explained label of each task, for each sample that has any of the task's modalities."""
        results: list[dict[str, Attribution]] = [{} for _ in run.words]
        logits = {name: values.detach() for name, values in run.logits.items()}
        probabilities = self.model.probabilities(logits, present_in(run.encoded))
        for name, values in probabilities.items():
            task = self.model.config.task(name)
            modalities = run.present(task.modalities)
            if not any(modalities):
                continue
            labels = values.argmax(dim=1)
            found = gradients(log_odds(run.logits[name], labels, task), run.leaves)
            weights, maps = self._weights(run, found), self._maps(run, found, task.modalities)
            for index, present in enumerate(modalities):
                if not present:
                    continue
                label = int(labels[index])
                scores = {c: rows[name][index][label] for c, rows in answers.items() if name in rows}
                scores |= {frozenset(): self.nothing(name)[label], frozenset(present): float(values[index, label])}
                results[index][name] = Attribution(
                    task=name,
                    label=task.labels[label],
                    score=scores[frozenset(present)],
                    baseline=scores[frozenset()],
                    modalities=shapley_values(present, scores),
                    words=weights[index] if "text" in present else None,
                    heat_map=maps[index],
                )
        return results

    def word_weights(self, run: Run, task: str, label: int) -> WordWeights | None:
        """Words of the first sample by activation times gradient, for any label by its number."""
        labels = torch.full((len(run.words),), label, device=run.logits[task].device)
        found = gradients(log_odds(run.logits[task], labels, self.model.config.task(task)), run.leaves)
        return self._weights(run, found)[0]

    def _weights(self, run: Run, found: Mapping[str, Tensor]) -> list[WordWeights | None]:
        if "text" not in found:
            return [None] * len(run.words)
        mask = run.encoded["text"][1][:, 1:]
        relevance = token_relevance(run.leaves["text"], found["text"], mask).tolist()
        return [
            weigh(words, relevance[i], "gradient_activation") if words else None for i, words in enumerate(run.words)
        ]

    def _maps(self, run: Run, found: Mapping[str, Tensor], modalities: Sequence[str]) -> list[HeatMap | None]:
        seen = next((name for name in PLACES if name in modalities and name in found), None)
        if seen is None:
            return [None] * len(run.words)
        relevance, method = place_relevance(run.leaves[seen], found[seen])
        grids = relevance.cpu().numpy()
        return [
            None if area is None else heat_map(grids[row], area, method)
            for row, area in zip(run.rows[seen], run.areas[seen], strict=True)
        ]

    def affordable_steps(self, run: Run, index: int, num_tasks: int) -> int:
        """Steps of integrated gradients for each of some tasks that keep to the budget; it may be too few."""
        length = int(run.encoded["text"][1][index, 1:].sum())
        return min(MAX_STEPS, TOKEN_BUDGET // (length * num_tasks))

    def integrated_gradients(self, run: Run, index: int, task: str, label: int, steps: int = MAX_STEPS) -> WordWeights:
        """Words of one sample by integrated gradients over the word embeddings (Sundararajan et al. 2017).

        The path leads from the padding token's embedding to each word's. This is captum's LayerIntegratedGradients at
        the embedding layer, but for its hook, which would reach into other threads' runs.
        """
        from captum.attr import IntegratedGradients  # slow to import, and seldom needed

        assert run.input_ids is not None, "called only with words"
        mask = run.encoded["text"][1][index, 1:]
        columns = mask.nonzero().squeeze(1)
        ids = run.input_ids[index : index + 1, columns]  # (1, L)
        backbone: Any = self.model.encoders["text"].backbone
        embed = backbone.get_input_embeddings()
        with torch.inference_mode(False), torch.no_grad():
            words, padding = embed(ids).clone(), embed(torch.full_like(ids, embed.padding_idx or 0)).clone()
        is_word = torch.zeros(mask.shape[0], dtype=torch.bool, device=ids.device)
        is_word[[place for word in run.words[index] for place in word.tokens]] = True
        baseline = torch.where(is_word[columns].unsqueeze(-1), padding, words)

        def score(embeddings: Tensor) -> Tensor:  # (S, L, E) -> (S,)
            count = embeddings.shape[0]
            with embeddings_replaced(embeddings):
                encoded = self.model.encode(input_ids=ids.expand(count, -1))
            logits = self.model.classify(encoded | _others(run, index, count, "text"), (task,))[task]
            return log_odds(logits, torch.full((count,), label, device=ids.device), self.model.config.task(task))

        with torch.inference_mode(False), torch.enable_grad():
            found = IntegratedGradients(score).attribute(words, baselines=baseline, n_steps=steps)
        relevance = torch.zeros(mask.shape[0])
        relevance[columns.cpu()] = found.sum(dim=-1)[0].float().cpu()
        return weigh(run.words[index], relevance.tolist(), "integrated_gradients")

    def can_hide_places(self) -> bool:
        """Whether the picture encoder is quick enough to see a picture many times."""
        encoder: Any = self.model.encoders["image"]
        size: int = sum(parameter.numel() for parameter in encoder.backbone.parameters())
        return size <= rise.MAX_PARAMETERS or self.model.device.type != "cpu"

    @torch.inference_mode()
    def hiding_places(self, run: Run, index: int, labels: Mapping[str, int]) -> dict[str, HeatMap]:
        """Which part of the picture moved a label of each task, by hiding parts of it (`rise`).

        Args:
            run: The run.
            index: Of the sample in it; it has a picture.
            labels: Task that sees pictures to the number of a label.
        """
        area = run.areas["image"][index]
        assert run.pixel_values is not None and area is not None, "called only with a picture"
        pixels = run.pixel_values[index : index + 1]
        masks, tasks = rise.random_masks(), tuple(labels)
        scores: dict[str, list[Tensor]] = {task: [] for task in tasks}
        for part in masks.to(pixels.device).split(rise.BATCH_SIZE):
            seen = self.model.encode(pixel_values=rise.hide(pixels, part))
            encoded = _others(run, index, len(part), "image") | {"image": seen["image"]}
            found = self.model.probabilities(self.model.classify(encoded, tasks), present_in(encoded))
            for task, label in labels.items():
                scores[task].append(found[task][:, label].float().cpu())
        grids = {task: rise.place_relevance(masks, torch.cat(rows)).relu().numpy() for task, rows in scores.items()}
        return {task: heat_map(grid, area, "rise") for task, grid in grids.items()}

    @torch.no_grad()
    def ask_texts(
        self, run: Run, index: int, task: str, texts: Sequence[str], encode: Callable[[Sequence[str]], Encoded]
    ) -> tuple[list[list[float]], list[tuple[str, ...]]]:
        """Answers of a task for one sample with each of the texts in the place of its words.

        Returns:
            Probabilities (T, N), and which of the task's modalities there were: no words where none of a text is known.
        """
        encoded = encode(texts) | _others(run, index, len(texts), "text")
        logits = self.model.classify(encoded, (task,))
        modalities = _present(encoded, self.model.config.task(task).modalities, len(texts))
        return self.model.probabilities(logits, present_in(encoded))[task].tolist(), modalities


def leave_one_out(words: Sequence[WordTokens], ask: Callable[[list[str]], list[float]]) -> WordWeights:
    """Probability that is lost with each word; `ask` gives the probability of the label for each text."""
    if not words:
        return WordWeights(method="leave_one_out", words=())
    full, *without = ask([text_without(words, ()), *(text_without(words, {i}) for i in range(len(words)))])
    return with_weights(words, [full - probability for probability in without], "leave_one_out")


def _present(encoded: Encoded, modalities: Sequence[str], num_samples: int) -> list[tuple[str, ...]]:
    """Those of the modalities that each sample has, in their order."""
    masks = {name: encoded[name][1][:, 0].tolist() for name in modalities if name in encoded}
    return [tuple(name for name, given in masks.items() if given[i]) for i in range(num_samples)]


def _others(run: Run, index: int, count: int, but: str) -> Encoded:
    """What is encoded of one sample, but for one modality, `count` times."""
    return {
        name: (tokens[index : index + 1].detach().expand(count, -1, -1), mask[index : index + 1].expand(count, -1))
        for name, (tokens, mask) in run.encoded.items()
        if name != but
    }


def _parts(present: Sequence[str]) -> list[Coalition]:
    """Coalitions that are neither empty nor all of them."""
    return coalitions(present)[1:-1]


__all__ = ["Answers", "Attributor", "Run", "decision_of", "leave_one_out", "verdict_of"]
