"""Runs a recipe of any kind."""

from pathlib import Path
from typing import Any

from mmemo.training import late_fusion, tfidf
from mmemo.training import train as network
from mmemo.training.predictors import load_predictor
from mmemo.training.recipes import AnyRecipe, Recipe, TfidfRecipe


def run_recipe(
    recipe: AnyRecipe, data: Path, output: Path, *, starts: list[Path], resume: bool, use_cpu: bool, num_workers: int
) -> dict[str, Any]:
    """Train what the recipe says and leave a finished checkpoint.

    Args:
        recipe: The run.
        data: Data root.
        output: Folder of the finished checkpoint.
        starts: Checkpoints of `recipe.checkpoints`, in its order.
        resume: Go on from the last whole checkpoint; only networks leave any, the others take seconds.
        use_cpu: Leave an accelerator alone.
        num_workers: Processes that prepare batches.

    Returns:
        What `training.json` in the output holds.
    """
    if isinstance(recipe, TfidfRecipe):
        return tfidf.train_tfidf(recipe, data, output)
    if isinstance(recipe, Recipe):
        first = len(recipe.start_from)
        return network.train(
            recipe,
            data,
            output,
            starts=starts[:first],
            teachers=starts[first:],
            resume=resume,
            use_cpu=use_cpu,
            num_workers=num_workers,
        )
    folders = {str(modality): folder for modality, folder in zip(recipe.parts, starts, strict=True)}
    device = "cpu" if use_cpu else None
    predictors = {modality: load_predictor(str(folder), device) for modality, folder in folders.items()}
    return late_fusion.train_late_fusion(recipe, data, output, folders, predictors)
