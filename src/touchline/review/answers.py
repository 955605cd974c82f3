"""What the server answers in JSON: the run, the work list, and what an edit changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from touchline.edits.anchors import who_is_in
from touchline.edits.facts import SeenBox
from touchline.errors import EditRefused, one_line
from touchline.formats.frame_numbers import frame_number
from touchline.formats.writers import EXPORT_FORMATS
from touchline.identities import TEAMS, UNKNOWN
from touchline.review.playing import Playing
from touchline.review.session import ReviewSession
from touchline.review.snapshot import Snapshot
from touchline.review.words import facts_in_words, history_words
from touchline.run.join_words import cues
from touchline.run.labels import ring_colours, shirt_colours
from touchline.run.questions import Candidate, Question
from touchline.video.palette import (
    OFFICIALS_COLOUR,
    TEAM_COLOURS,
    Colour,
    colour_of,
)

if TYPE_CHECKING:
    from touchline.run.editing import Edited

DOUBT = 2.0
"""Boxes that an answer is expected to put right, below which a question can be left."""


def run_answer(session: ReviewSession, playing: Playing) -> dict[str, Any]:
    """All that the page needs of the run at once; tables come in windows."""
    now, times = session.now, session.times
    facts, seconds = now.facts, times.seconds
    colours = ring_colours(now.people, shirt_colours(facts), now.config.draw) or {}
    steps = np.diff(seconds)
    variable = bool(len(steps) and steps.max() > 1.5 * max(float(np.median(steps)), 1e-6))
    numbers = times.frames[[0, -1]] + 1 if len(times.frames) else np.array([1, 0])
    return {
        "name": session.folder.path.resolve().name,
        "revision": now.revision,
        "video": {
            "name": facts.video.name,
            "frames": len(times.frames),
            "first": int(numbers[0]),
            "last": int(numbers[1]),
            "width": facts.video.width,
            "height": facts.video.height,
            "rate": facts.video.fps,
            "variable": variable,
            "images": session.why_no_images is None,
            "why": session.why_no_images,
            "lost": session.has_lost_images,
        },
        "shots": [frame_number(shot) for shot in times.shots],
        "teams": _teams(now, colours),
        "people": _people(now),
        "history": history_words(now),
        "edits": len(now.edits),
        "has_pitch": facts.tracks is not None and bool(facts.tracks.cameras),
        "pitch": now.config.pitch.model_dump(include={"length", "width", "flip"}),
        "formats": list(EXPORT_FORMATS),
        "doubt": DOUBT,
        "min_confidence": now.config.draw.min_confidence,
        "play": playing.as_json(),
        "copy": playing.progress(),
        "warnings": [*facts.unmet_edits, *facts.edit_warnings],
    }


def edited_answer(session: ReviewSession, edited: Edited, done: str) -> dict[str, Any]:
    """What came of an edit. done: what was done with the facts: stated, undone, redone."""
    now, changes = session.now, edited.changes
    told = None
    if changes is not None:
        told = {
            "identities": {str(one): other for one, other in changes.identities.items()},
            "moved": [
                {
                    "first": one.first_frame,
                    "last": one.last_frame,
                    "before": one.before,
                    "after": one.after,
                    "boxes": one.boxes,
                }
                for one in changes.moved
            ],
        }
    facts = facts_in_words(now, edited.facts)
    return {
        "revision": now.revision,
        "changes": told,
        "history": history_words(now),
        "text": f"{done}: {facts}" if facts else "nothing new: that was stated before",
    }


def refused_answer(now: Snapshot, error: EditRefused) -> dict[str, Any]:
    """Why a fact cannot be, and where else the mistake may be: a track of two people."""
    from touchline.run.editing import Contradiction  # whoever refuses has imported it

    if not isinstance(error, Contradiction):
        return {"error": one_line(str(error)), "split": None}
    said = error.unmet.told(lambda fact: facts_in_words(now, [fact]))
    split = _split(now, error.unmet.between)
    return {"error": one_line(f"refused, as {said}"), "split": split}


def joinable_answer(now: Snapshot, frame: int, identity: int) -> dict[str, Any]:
    """Who else can be the person of a box; frame from 1. Raises UsageError."""
    others = [
        {
            "identity": one.identity,
            "joinable": one.why is None,
            "why": one.why and one.why.told(lambda fact: facts_in_words(now, [fact])),
            "split": _split(now, one.between),
            "frame": one.frame,
        }
        for one in now.joinable.of(frame, identity)
    ]
    return {"revision": now.revision, "others": others}


def _split(now: Snapshot, between: tuple[SeenBox, SeenBox] | None) -> dict[str, Any] | None:
    """Where a track may change hands: between two frames, whose it is, a frame in the middle."""
    if between is None:
        return None
    first, last = (box.frame for box in between)
    return {
        "first": first,
        "last": last,
        "frame": (first + last + 1) // 2,
        "identity": who_is_in(now.table, between[1]),
    }


def flipped_answer(now: Snapshot) -> dict[str, Any]:
    """What came of exchanging the halves of the pitch."""
    side = "far" if now.config.pitch.flip else "near"
    return {
        "revision": now.revision,
        "changes": None,
        "history": history_words(now),
        "text": f"the camera stands on the {side} side of the pitch",
    }


def questions_answer(
    now: Snapshot,
    questions: Sequence[Question] | None,
    why: str | None,
    offset: int,
    limit: int,
    min_gain: float,
) -> dict[str, Any]:
    """A part of the work list. why: there is none."""
    wanted = [one for one in questions or () if one.gain >= min_gain]
    part = wanted[offset : offset + limit]
    return {
        "revision": now.revision,
        "ready": questions is not None,
        "why": why,
        "total": len(questions or ()),
        "above": len(wanted),
        "answered": sum(edit.undone is None for edit in now.edits),
        "questions": [_question(one) for one in part],
    }


def question_id(question: Question) -> str:
    """What names a question as long as the tracks are as they are."""
    return f"{question.box.frame}-{question.identity}"


def _question(question: Question) -> dict[str, Any]:
    today = [
        place for place, one in enumerate(question.candidates) if one.identity == question.identity
    ]
    return {
        "id": question_id(question),
        "kind": "join",
        "text": "Is this somebody who was there before?",
        "frame": question.box.frame,
        "identity": question.identity,
        "box": list(question.box.box),
        "gain": round(question.gain, 2),
        "boxes_at_stake": question.boxes_at_stake,
        "probability": round(question.probability, 4),
        "today": today[0] if today else None,
        "candidates": [
            {
                "identity": one.identity,
                "frame": one.box.frame,
                "box": list(one.box.box),
                "probability": round(one.probability, 4),
                "log_odds": round(one.log_odds, 2),
                "evidence": _told(one),
            }
            for one in question.candidates
        ],
    }


def _told(one: Candidate) -> list[list[Any]]:
    """The evidence on a candidate, in words with log odds; what says the most comes first."""
    found = [(cue.text, cue.value) for cue in cues(one.evidence)]
    found.append(("everything else of them", one.log_odds - sum(one.evidence.values())))
    ordered = sorted(found, key=lambda cue: -abs(cue[1]))
    return [[text, round(value, 2)] for text, value in ordered if round(value, 2)]


def _teams(now: Snapshot, colours: Mapping[int, Colour]) -> list[dict[str, Any]]:
    """The teams, in the colour in which somebody of them is drawn."""
    usual = (*TEAM_COLOURS, OFFICIALS_COLOUR)
    ids, teams = now.people.ids.tolist(), now.people.teams.tolist()
    drawn = {team: colours[one] for one, team in zip(ids, teams, strict=True) if one in colours}
    return [
        {"team": team, "name": name, "colour": _hex(drawn.get(team, usual[team]))}
        for team, name in enumerate(TEAMS)
    ]


def _people(now: Snapshot) -> list[dict[str, Any]]:
    people = now.people
    columns = people.columns()
    rows = {identity: row for row, identity in enumerate(people.ids.tolist())}
    found = []
    for identity in now.order:
        row = rows[identity]
        frames = now.table.frames[now.rows_of[identity][[0, -1]]] + 1
        team = int(people.teams[row])
        found.append(
            {
                "identity": identity,
                "label": people.label(row),
                "name": columns["name"][row],
                "team": None if team == UNKNOWN else team,
                "number": columns["number"][row],
                "role": str(people.roles[row]),
                "colour": _hex(colour_of(identity)),
                "seconds": round(float(people.seconds[row]), 3),
                "first": int(frames[0]),
                "last": int(frames[1]),
                "confidence": columns["least_confidence"][row],
                "doubtful_name": bool(people.doubtful[row]),
            }
        )
    return found


def _hex(colour: Colour) -> str:
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
