"""Fits the models of evidence again, and prints them beside the shipped values.

    OMP_NUM_THREADS=1 python -m benchmarks.fit_evidence [--scenes N] [--seconds S] [--only MODEL]
        [--embedder NAME ...] [--cache DIR]

From clips in which it is known whom every detection shows: simulated scenes, and of the data pack
(TOUCHLINE_DATA; nothing is written into it) the rendered clips, SNMOT-060, the ten sequences of
snmot_test and the SportsMOT clips of three matches, all through a simulated detector. The matches
that the pack keeps for scoring are left alone. Tracks are the true ones, cut where linking cuts
them, except for ConfidenceModel, which judges what the whole pipeline makes of the detections.

Each model is printed as a block to paste: the refitted value, the shipped one, and the least and
greatest value when one match at a time is left out; where the model gives probabilities, also the
log loss on those matches. ``docs/linking.md`` says what differs.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.fit_inputs import clips
from benchmarks.fit_models import recipes
from benchmarks.fit_samples import Fitted, Recipe, Sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=4, help="simulated scenes, each a match")
    parser.add_argument("--seconds", type=float, default=40.0, help="length of each of them")
    parser.add_argument("--only", default="", help="only models whose name contains this")
    parser.add_argument(
        "--embedder", action="append", default=[], help="colour (default), a name or an ONNX file"
    )
    parser.add_argument("--cache", type=Path, help="keep boxes and run folders here")
    options = parser.parse_args()
    wanted = [recipe for recipe in recipes() if options.only in recipe.name]
    samples: dict[str, list[tuple[str, Sample]]] = {recipe.name: [] for recipe in wanted}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        embedders = options.embedder or ["colour"]
        for clip in clips(folder, options.scenes, options.seconds, embedders):
            print(f"{clip.name}: {len(clip.table)} boxes of known people", flush=True)
            for recipe in wanted:
                sample = recipe.sample(clip)
                if sample is not None:
                    samples[recipe.name].append((clip.match, sample))
    for recipe in wanted:
        show(recipe, samples[recipe.name])


def show(recipe: Recipe, samples: list[tuple[str, Sample]]) -> None:
    matches = sorted({match for match, _ in samples})
    found = recipe.fit(samples) if samples else {}
    if not found:
        print(f"\n{recipe.name}: no clip tells it")
        return
    left_out: list[Fitted] = []
    if len(matches) > 1:
        left_out = [recipe.fit([one for one in samples if one[0] != match]) for match in matches]
    print(f"\n{recipe.name}(  # {len(samples)} clips of {len(matches)} matches")
    for name, shipped in recipe.shipped.items():
        if name in found:
            print(f"    {line(name, found[name], shipped, left_out)}")
    print(")", flush=True)
    if recipe.loss is not None and left_out and all(left_out):
        ours, theirs = [], []
        for match, fitted in zip(matches, left_out, strict=True):
            own = [one for one in samples if one[0] == match]
            ours.append(recipe.loss(own, fitted))
            theirs.append(recipe.loss(own, recipe.shipped))
        print(
            f"# log loss of a match left out: refitted {sum(ours) / len(ours):.3f}, "
            f"shipped {sum(theirs) / len(theirs):.3f}, "
            f"refitted better in {sum(a < b for a, b in zip(ours, theirs, strict=True))} "
            f"of {len(ours)} matches"
        )


def line(name: str, value: float, shipped: float, left_out: list[Fitted]) -> str:
    values = [one[name] for one in left_out if name in one]
    spread = f"; one match left out {min(values):.3g} .. {max(values):.3g}" if values else ""
    return f"{name + '=':24s}{value:9.3g},  # shipped {shipped:.3g}{spread}"


if __name__ == "__main__":
    main()
