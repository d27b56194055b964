"""Explanations grounded in the result: how far words and face disagree, and sentences that name their evidence.

Exports `disagreement_between`, `explain`.
"""

from mmemo.explain.disagreement import disagreement_between, to_emotions
from mmemo.explain.narrative import explain

__all__ = ["disagreement_between", "explain", "to_emotions"]
