"""Writes statistics/expected.json: what numpy and scipy say about samples that the tests give to the harness.

    pip install numpy scipy && python Tests/Fixtures/make_statistics.py
"""

import itertools
import json
import pathlib

import numpy
import scipy.stats

FOLDER = pathlib.Path(__file__).parent / "statistics"


def described(samples):
    interval = scipy.stats.bootstrap(
        (samples,), numpy.mean, confidence_level=0.95, n_resamples=20000, method="percentile",
        random_state=numpy.random.default_rng(1)).confidence_interval
    return {
        "samples": list(samples), "mean": numpy.mean(samples), "median": numpy.median(samples),
        "stddev": numpy.std(samples, ddof=1), "min": numpy.min(samples), "max": numpy.max(samples),
        "percentiles": {str(p): numpy.percentile(samples, p) for p in (1, 5, 50, 90, 99)},
        "bootstrap95": [interval.low, interval.high],
    }


def edge(test, inside, outside):
    """Where a p-value crosses the error, between a point that is kept and one that is rejected."""
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if test(middle) else (inside, middle)
    return float(numpy.exp(inside))


def interval(center, pvalue, error):
    """Ends of the ratios whose p-value is above the error."""
    def keeps(theta):
        return pvalue(theta) > error * (1 + 1e-9)
    return [edge(keeps, center, center - 5), edge(keeps, center, center + 5)]


def paired(a, b, error):
    """The ratios that scipy's exact signed-rank test does not reject, and the median of the pairwise means."""
    difference = numpy.log(b) - numpy.log(a)
    means = [(x + y) / 2 for x, y in itertools.combinations_with_replacement(difference, 2)]
    center = numpy.median(means)
    found = interval(center, lambda theta: scipy.stats.wilcoxon(difference - theta, method="exact").pvalue, error)
    return {"a": list(a), "b": list(b), "ratio": float(numpy.exp(center)), "interval": found}


def rounds(a, b, error):
    """Rounds of calls that took turns, [round][call]: each counts with the median of its pairs' logarithms."""
    ratios = numpy.exp([numpy.median(numpy.log(y) - numpy.log(x)) for x, y in zip(a, b)])
    found = paired(numpy.ones(len(ratios)), ratios, error)
    return {"a": [list(x) for x in a], "b": [list(y) for y in b], "ratio": found["ratio"], "interval": found["interval"]}


def unpaired(a, b, error):
    """The same with scipy's exact Mann-Whitney test and the median of the differences."""
    la, lb = numpy.log(a), numpy.log(b)
    center = numpy.median(numpy.subtract.outer(lb, la))
    found = interval(
        center, lambda theta: scipy.stats.mannwhitneyu(lb - theta, la, method="exact").pvalue, error)
    return {"a": list(a), "b": list(b), "ratio": float(numpy.exp(center)), "interval": found}


def main():
    random = numpy.random.default_rng(7)
    normal = random.normal(1.2, 0.05, 40)
    skewed = random.lognormal(-3, 0.6, 200)
    few = random.normal(0.5, 0.01, 5)
    student = [(t, df) for t in (0.0, 0.3, 1.0, 2.5, 12.0, -3.2) for df in (1, 2, 5, 30, 1000)]
    pairs = random.lognormal(0, 0.1, (9, 2))
    # A machine that drifts, heavy tails, and a B that is 3 % slower.
    turns = numpy.random.default_rng(11)
    drift = turns.lognormal(0, 0.3, (12, 1))
    calls_a = drift * (1 + 0.02 * turns.standard_t(3, (12, 7)).clip(-20, 20))
    calls_b = drift * 1.03 * (1 + 0.02 * turns.standard_t(3, (12, 7)).clip(-20, 20))
    expected = {
        "described": [described(samples) for samples in (normal, skewed, few)],
        "student": [{"t": t, "degrees": df, "p": 2 * scipy.stats.t.sf(abs(t), df)} for t, df in student],
        "equal_variance": [
            {"before": list(series[:k]), "after": list(series[k:]),
             "p": scipy.stats.ttest_ind(series[:k], series[k:]).pvalue}
            for series, k in ((numpy.concatenate([few[:1] * 1.1, few]), 1), (normal[:12], 5))
        ],
        "paired": [
            paired(pairs[:, 0], pairs[:, 1] * 1.05, 0.01), paired(normal[:8], normal[8:16], 0.01),
        ],
        "rounds": [rounds(calls_a, calls_b, 0.01), rounds(calls_a[:, :6], calls_b[:, :6], 0.01)],
        "unpaired": [
            unpaired(normal[:6], normal[6:12] * 1.05, 0.01), unpaired(few, normal[20:28] / 2, 0.01),
        ],
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
