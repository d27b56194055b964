"""Recipes, trainer, calibration and evaluation: what `mmemo train` and `mmemo evaluate` run; needs `mmemo[train]`."""
