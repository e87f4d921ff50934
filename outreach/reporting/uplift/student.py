"""Student's t: its distribution function and quantiles, by the incomplete beta function (a continued fraction)."""

from __future__ import annotations

from math import exp, lgamma, log

STEPS, NEAR, TINY = 400, 1e-14, 1e-300


def distribution(t: float, freedom: float) -> float:
    """The share of Student's t with ``freedom`` degrees of freedom that lies under ``t``."""
    tail = _beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return 1 - tail if t > 0 else tail


def two_sided(t: float, freedom: float) -> float:
    """The probability of a value as far from zero as ``t``, or further."""
    return _beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def quantile(share: float, freedom: float) -> float:
    """The value under which ``share`` (between 0 and 1) lies."""
    if share < 0.5:  # noqa: PLR2004
        return -quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while distribution(high, freedom) < share:
        low, high = high, 2 * high
    while high - low > 1e-12 * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if distribution(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    # The fraction converges fast on this side of the mean only; the other side is one less its mirror.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by the modified method of Lentz."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for step in range(1, STEPS):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        change = 1.0
        for term in (even, odd):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            change = c * d
            value *= change
        if abs(change - 1) < NEAR:
            return value
    message = f"the incomplete beta function did not converge for {a}, {b}, {x}"
    raise ArithmeticError(message)


def _away(value: float) -> float:
    return value if abs(value) > TINY else TINY
