"""Logistic and softmax regression on sparse rows: the algorithms of the training."""

from typing import Any

import numpy as np
from scipy.optimize import minimize

Array = Any  # numpy's arrays, scipy's sparse matrices


def fit(
    rows: Array, target: Array, weight: Array, steps: int = 100, *, independent: bool = False
) -> tuple[Array, Array]:
    """Return the weights (features x classes) and the bias that minimise the weighted loss plus half the squares.

    Args:
        rows: A sparse matrix, a row a text.
        target: The probability of each class for each text.
        weight: Of each text.
        steps: At most this many steps of L-BFGS.
        independent: Whether a text may be of several classes or none (logistic), or is of one (softmax).
    """
    features, classes = rows.shape[1], target.shape[1]

    def loss(parameters: Array) -> tuple[float, Array]:
        weights, bias = parameters[:-classes].reshape(features, classes), parameters[-classes:]
        logits = rows @ weights + bias
        found = chances(logits) if independent else shares(logits)
        losses = target * np.log(found + 1e-12) + independent * (1 - target) * np.log(1 - found + 1e-12)
        cost = -losses.sum(axis=1) @ weight + 0.5 * (weights**2).sum()
        slope = (found - target) * weight[:, None]
        return cost, np.concatenate([(rows.T @ slope + weights).ravel(), slope.sum(axis=0)])

    start = np.zeros((features + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    return found[:-classes].reshape(features, classes), found[-classes:]


def chances(logits: Array) -> Array:
    """Return the logistic function of each logit."""
    return 1 / (1 + np.exp(-logits))


def shares(logits: Array) -> Array:
    """Return the softmax of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
