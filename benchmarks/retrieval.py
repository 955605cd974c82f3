"""Touchline's retrieval scores compared with the standard loops, on one matrix of distances.

    OMP_NUM_THREADS=2 python benchmarks/retrieval.py [--every 10] [--share 1]

The set has the size of Market-1501 without its distractors: 3,368 queries, 15,913 gallery items,
750 identities, 6 cameras, 512 numbers a vector, drawn from a seed; how hard it is, is varied.
"list loop" divides in a list comprehension (deep-person-reid, bag-of-tricks), "array loop" in
numpy; both argsort. All get the same distances; "product" is ours from the vectors, with the
matrix product in it. Seconds of processor time, which other work on the machine disturbs least,
and of the clock. The loops run on every 10th query and are multiplied by that.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from touchline.metrics.retrieval import RetrievalLabels, rank_by_distance, rank_true_matches
from touchline.metrics.retrieval_scores import Retrieval, score_queries

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from metrics.retrieval_loop import evaluate_by_loop

QUERIES, GALLERY, IDENTITIES, CAMERAS, SIZE = 3368, 15_913, 750, 6, 512
REPEAT = 5
Vectors = NDArray[np.float32]
Result = TypeVar("Result")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=10, help="the loops see every k-th query")
    parser.add_argument("--share", type=float, default=1.0, help="of queries, gallery and people")
    options = parser.parse_args()
    every = options.every
    print(f"{'':22}{'processor seconds':^39}{'clock':^18}")
    print("  mAP  rank 1   list loop  array loop    ours  product    ours  product   times faster")
    for noise in (1.5, 2.5, 5.0):
        query, query_labels, gallery, gallery_labels = vectors(noise, options.share)
        distances = 1.0 - query @ gallery.T

        some = RetrievalLabels(query_labels.identities[::every], query_labels.cameras[::every])
        loop = partial(
            evaluate_by_loop,
            distances[::every],
            some.identities,
            gallery_labels.identities,
            some.cameras,
            gallery_labels.cameras,
        )
        times = len(query_labels) / len(some)
        slow, _, expected = timed(loop, 1)
        array, _, _ = timed(partial(loop, in_numpy=True), 2)
        labels = (query_labels, gallery_labels)
        ours, ours_clock, scored = timed(partial(from_distances, distances, *labels), REPEAT)
        product, product_clock, _ = timed(partial(from_vectors, query, gallery, *labels), REPEAT)
        # Ties, which the loop orders by chance, may move the sixth digit.
        same = from_distances(distances[::every], some, gallery_labels).scores()["mAP"]
        assert abs(same - expected.mean_average_precision) < 1e-5
        scores = scored.scores()
        print(
            f"{scores['mAP']:5.3f} {scores['rank1']:7.3f} {slow * times:11.1f}"
            f" {array * times:11.2f} {ours:7.3f} {product:8.3f}"
            f" {ours_clock:7.3f} {product_clock:8.3f}"
            f" {slow * times / ours:8.0f} {array * times / ours:5.0f}"
        )


def from_distances(
    distances: Vectors, query: RetrievalLabels, gallery: RetrievalLabels
) -> Retrieval:
    return score_queries(rank_by_distance(distances, query, gallery))


def from_vectors(
    query: Vectors, gallery: Vectors, query_labels: RetrievalLabels, gallery_labels: RetrievalLabels
) -> Retrieval:
    return score_queries(rank_true_matches(query, gallery, query_labels, gallery_labels))


def vectors(
    noise: float, share: float
) -> tuple[Vectors, RetrievalLabels, Vectors, RetrievalLabels]:
    """Queries and gallery: unit vectors around one centre a person."""
    random = np.random.default_rng(0)
    identities = max(2, round(share * IDENTITIES))
    centres = random.normal(size=(identities, SIZE))

    def side(count: int) -> tuple[Vectors, RetrievalLabels]:
        people = random.integers(0, identities, count)
        drawn = centres[people] + noise * random.normal(size=(count, SIZE))
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        return drawn.astype(np.float32), RetrievalLabels(people, random.integers(0, CAMERAS, count))

    return (*side(round(share * QUERIES)), *side(round(share * GALLERY)))


def timed(work: Callable[[], Result], repeat: int) -> tuple[float, float, Result]:
    """The least processor time and the least clock time in seconds, and what came out."""
    processor = clock = float("inf")
    for _ in range(repeat):
        start, began = time.process_time(), time.perf_counter()
        result = work()
        processor = min(processor, time.process_time() - start)
        clock = min(clock, time.perf_counter() - began)
    return processor, clock, result


if __name__ == "__main__":
    main()
