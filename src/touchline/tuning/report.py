"""Report of a search, in words and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from touchline.tuning.choice import MIN_MATCHES
from touchline.tuning.objective import Scores, Yardstick, summary
from touchline.tuning.result import Judged, TuneResult

_IMPORTANT = 8


def verdict(result: TuneResult) -> str:
    """One sentence: whether the settings found are better, judged by the validation sequences."""
    gain = result.gain
    measured = (
        f"{100 * gain.mean:+.2f} points of {result.objective} over "
        f"{len(result.sequences.validation)} validation sequences of {gain.matches} matches, "
        f"95 % interval {100 * gain.low:+.2f} to {100 * gain.high:+.2f}"
    )
    if not result.changes:
        return "The settings before are as good as any that were tried; nothing is changed."
    if gain.is_sure:
        return f"The tuned settings are better: {measured}."
    if gain.low > 0:
        return (
            f"No gain is claimed: {measured}, but fewer than {MIN_MATCHES} matches cannot tell a "
            "gain from luck."
        )
    if gain.high < 0:
        return f"The tuned settings are worse: {measured}; keep the settings before."
    return f"The settings before are as good: {measured}, which includes 0."


def report_text(result: TuneResult) -> str:
    """The report as Markdown."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: TuneResult) -> Iterator[str]:
    request, sequences = result.request, result.sequences
    yield from ["# Tuned settings", "", verdict(result), ""]
    yield (
        f"Objective: {result.objective} (HOTA and IDF1: mean over the sequences; reentry: "
        "(kept - stolen) / returns of all sequences together). "
        f"{result.finished} trials, {result.pruned} of them given up early; seed {request.seed}. "
        "Chosen by the train sequences alone, the validation sequences had no part in it; the "
        "interval is a bootstrap over matches."
    )
    if result.ran:
        yield (
            f"This call ran {result.ran} trials in {result.seconds:.0f} s with "
            f"{request.processes} processes, {result.seconds / result.ran:.1f} s a trial."
        )
    yield from ["", "## Settings", ""]
    if result.changes:
        yield from _table("setting", ["before", "tuned"])
        for name, (before, after) in result.changes.items():
            yield _row(f"`{name}`", [f"{before}", f"{after}"])
    else:
        yield "None is changed."
    for title, yardstick, part in (
        ("Train", result.train, sequences.train),
        ("Validation", result.validation, sequences.validation),
    ):
        matches = len({entry.match for entry in part})
        yield from ["", f"## {title}: {len(part)} sequences of {matches} matches", ""]
        yield from _scores_table(result.judged, yardstick, title == "Train")
    yield from ["", "## Each validation sequence", ""]
    yield from _each_sequence(result)
    if result.importances:
        yield from ["", "## What matters", ""]
        yield "Share in what sets the best tenth of the trials apart (PED-ANOVA):"
        ranked = sorted(result.importances.items(), key=lambda item: -item[1])
        yield ", ".join(f"`{name}` {100 * share:.0f} %" for name, share in ranked[:_IMPORTANT])


def _scores_table(judged: Sequence[Judged], yardstick: Yardstick, train: bool) -> Iterator[str]:
    yield from _table(
        "settings", ["objective", "HOTA", "IDF1", "kept", "new", "stolen", "not compared"]
    )
    for each in judged:
        scores = each.train if train else each.validation
        yield _row(each.label, _numbers(scores, yardstick))


def _numbers(scores: Sequence[Scores], yardstick: Yardstick) -> list[str]:
    total = summary(scores, yardstick.counts)
    compared = total["kept"] + total["new"] + total["stolen"]
    objective = yardstick.mean(yardstick.values(scores))
    percent = [f"{100 * value:.2f}" for value in (objective, total["hota"], total["idf1"])]
    counts = (total["kept"], total["new"], total["stolen"], total["returns"] - compared)
    return percent + [f"{count:.0f}" for count in counts]


def _each_sequence(result: TuneResult) -> Iterator[str]:
    yield from _table(
        "sequence", ["objective before", "tuned", "gain", "kept/new/stolen before", "tuned"]
    )
    before, after = (each.validation for each in result.judged[:2])
    values = [result.validation.values(scores) for scores in (before, after)]
    for at, entry in enumerate(result.sequences.validation):
        old, new = float(values[0][at]), float(values[1][at])
        numbers = [f"{100 * old:.2f}", f"{100 * new:.2f}", f"{100 * (new - old):+.2f}"]
        returns = [f"{s.kept}/{s.new}/{s.stolen}" for s in (before[at], after[at])]
        yield _row(entry.name, numbers + returns)


def _table(first: str, others: Sequence[str]) -> list[str]:
    return [_row(first, others), "|---|" + "---:|" * len(others)]


def _row(first: str, others: Sequence[str]) -> str:
    return "| " + " | ".join([first, *others]) + " |"
