"""The online tracker: one frame's detections in, confirmed tracks out."""

from __future__ import annotations

import copy

import numpy as np

from touchline.boxes import cxcywh_to_corners
from touchline.columns import (
    check_unit,
    checked_count,
    checked_flag,
    checked_kind,
    checked_motion,
    checked_number,
    checked_size,
)
from touchline.errors import InputError
from touchline.tracking import kalman, past_boxes
from touchline.tracking.appearance import ClipMean, Vectors, blend, mean_weights
from touchline.tracking.association import Pairs, overlap_distances
from touchline.tracking.births import Births, begun
from touchline.tracking.config import TrackerConfig
from touchline.tracking.duplicates import drop_duplicates
from touchline.tracking.given import GivenTracks
from touchline.tracking.pairing import associate
from touchline.tracking.reentry import ReentryDecision, feet_of
from touchline.tracking.returns import ReturnFinder
from touchline.tracking.rows import END, GONE, LOST, TENTATIVE, TRACKED, TrackRows
from touchline.tracking.seen import SORTED_ROLES, Seen, select
from touchline.types import TIME_TOLERANCE, Affine, Detections, Index, Tracks

# The boxes of an image that interrupts a shot count where most of them are where people were.
_MAX_FLASH_DISTANCE = 0.5

_MOST_LEFT = 8  # shots that may go on after a flash


class Tracker:
    """Gives every person of a clip an id, frame by frame; a new clip needs a new Tracker.

    ``reentries`` lists the decisions that a new track is somebody who was here before, so that
    rows shown under the new id until then can be relabelled.

    Args:
        config: settings; None: the defaults.
        frame_rate: frames a second, where ``update`` is not told the time.
        image_size: width and height in pixels; without it nobody is known to have left over the
            image's border.
        warn: say once, as a UserWarning, where no box of the first boxes scores enough to begin a
            track.

    Raises:
        InputError: a frame rate that is not above 0, a size that is none.
    """

    def __init__(
        self,
        config: TrackerConfig | None = None,
        *,
        frame_rate: float = 25.0,
        image_size: tuple[int, int] | None = None,
        warn: bool = True,
    ) -> None:
        if not checked_number(frame_rate, "frame_rate") > 0:
            raise InputError(f"frame rate {frame_rate} is not above 0")
        if config is None:
            config = TrackerConfig()
        self.config = checked_kind(config, TrackerConfig, "config")
        self.reentries: list[ReentryDecision] = []
        self._frame_seconds = 1.0 / frame_rate
        self._wanted = np.isin(SORTED_ROLES, self.config.roles)
        self._births = Births(self.config, warn=warn)
        self._past = past_boxes.kept_boxes(self.config)
        self._rows = TrackRows.zeros(0, len(SORTED_ROLES), 0, self._past)
        self._clip_mean, self._given = ClipMean(), GivenTracks()
        self._returns = ReturnFinder(self.config.reentry, checked_size(image_size))
        self._centre = np.zeros(0, np.float32)  # embeddings are measured from here
        self._next_id, self._next_key = 1, 0
        self._frame = 0
        # The tracks of shots that were left, and the frame and time of the last image of each.
        self._left: list[tuple[int, float, TrackRows]] = []
        self._time = 0.0
        self._started = False
        self._is_new_shot = True  # no frame of it was looked at yet

    def update(
        self,
        detections: Detections,
        motion: Affine | None = None,
        *,
        time: float | None = None,
        cut: bool = False,
        looked: bool = True,
        flash: bool = False,
        flash_frames: int = 0,
    ) -> Tracks:
        """The confirmed tracks of this frame, each at a detection of it (``Tracks.rows``).

        An id changes once, within ``reentry.max_seconds``, when a new track is recognised.

        Args:
            detections: what was found in this frame; with ``track_ids`` they are its tracks.
            motion: (2, 3), from the pixels of the previous frame to those of this one; None for a
                camera that stands still.
            time: seconds; None for one frame after the last.
            cut: a new shot begins with this frame.
            looked: False where no detector ran: then nobody is missed, and none are shown.
            flash: this frame interrupts its shot: nobody is missed in it, and nobody begins.
            flash_frames: how many frames before this one, the first a cut, were no shot; without
                ``cut``, all go on from before them, and ``motion`` is from there.

        Raises:
            InputError: time goes back, embeddings change their length or are no unit vectors,
                ``motion`` is no finite (2, 3) matrix, or another argument is of the wrong kind.
        """
        motion = checked_motion(motion)
        cut, looked = checked_flag(cut, "cut"), checked_flag(looked, "looked")
        flash = checked_flag(flash, "flash")
        flash_frames = checked_count(flash_frames, "flash_frames")
        detections = checked_kind(detections, Detections, "detections")
        before, elapsed = self._time, self._advance(time)
        if (given := self._given.show(detections, self.config.roles)) is not None:
            return given
        seen = self._select(detections)
        if flash_frames:
            elapsed = self._time - self._go_back(flash_frames, before)
            self._is_new_shot = False
        elif cut:
            self._set_aside(before)
        self._is_new_shot |= cut
        if cut:
            self._rows.leave_shot()
        else:
            self._move(elapsed, motion)
        if not looked:
            return Tracks.empty()
        first, self._is_new_shot = self._is_new_shot, False
        if self._clip_mean.dimensions and self.config.centre_appearance:
            self._centre = self._clip_mean.vector()
        self._returns.gather(self._rows, self._time)
        matched, free = associate(self._rows, seen, self._centre, self.config, self._time)
        if flash:
            return self._through_flash(seen, matched)
        self._continue(seen, *matched)
        self._forget(matched[0])
        self._start(seen, free, confirmed=first)
        if seen.embeddings is not None:
            self._clip_mean.add(seen.embeddings, seen.embedded)
        self._rejoin(*self._returns.find_returns(self._rows))
        return self._shown()

    def _advance(self, time: float | None) -> float:
        """Set the clock and return the seconds since the frame before."""
        before = self._time
        if time is None:
            time = before + self._frame_seconds if self._started else 0.0
        time = checked_number(time, "time")
        elapsed = time - before if self._started else 0.0
        if not elapsed >= 0.0:
            raise InputError(f"time {time} comes after {before}; frames go forward in time")
        self._time, self._started = time, True
        self._frame += 1
        return elapsed

    def _select(self, detections: Detections) -> Seen:
        embeddings = detections.embeddings
        if embeddings is not None and len(embeddings):
            self._check_embeddings(embeddings)
        return select(detections, self._wanted, self.config.min_score)

    def _check_embeddings(self, embeddings: Vectors) -> None:
        known, dimensions = self._clip_mean.dimensions, embeddings.shape[1]
        if not known:
            check_unit(embeddings, "embeddings")
            self._clip_mean.start(dimensions)
            self._centre = np.zeros(dimensions, np.float32)
            for rows in (self._rows, *(rows for _, _, rows in self._left)):
                rows.appearance = np.zeros((len(rows), dimensions), np.float32)
                rows.bin_sums = rows.appearance.copy()
        elif known != dimensions:
            raise InputError(
                f"embeddings have length {dimensions}, before {known}; one clip, one embedder"
            )

    def _set_aside(self, before: float) -> None:
        """Keep the tracks of the last frame, at ``before``, for a shot that may go on."""
        kept = self._rows
        if len(kept):
            self._rows = copy.deepcopy(kept)
            self._left = [*self._left[1 - _MOST_LEFT :], (self._frame - 1, before, kept)]

    def _go_back(self, frames: int, before: float) -> float:
        """Restore the tracks from ``frames`` frames ago; returns the time of their last image.

        Where these are not known, the tracks of the frame ``before`` stay.
        """
        wanted = self._frame - 1 - frames
        for frame, time, rows in self._left:
            if frame == wanted:
                self._rows, before = copy.deepcopy(rows), time
        self._left = [left for left in self._left if left[0] <= wanted]
        return before

    def _move(self, elapsed: float, motion: Affine | None) -> None:
        """Bring all tracks to this frame: by their speed, then with the camera."""
        rows = self._rows
        if not len(rows):
            return
        absent = rows.status >= LOST
        if absent.any():
            rows.state[1, absent] *= np.exp(-elapsed / self.config.coast_seconds)
        rows.state = kalman.predict(rows.state, elapsed)
        if motion is not None:
            rows.state = kalman.follow_camera(rows.state, motion)
            past_boxes.follow_camera(rows, motion)
        self._returns.move(rows, elapsed, motion)

    def _continue(self, seen: Seen, matched: Index, columns: Index) -> None:
        """Give the matched tracks their detections."""
        if not len(matched):
            return
        rows, now = self._rows, self._time
        rows.state[:, matched] = kalman.correct(rows.state[:, matched], seen.centres[columns])
        scores = seen.scores[columns]
        past_boxes.remember(rows, matched, seen.boxes[columns], scores, now, self.config)
        rows.seen[matched] = now
        rows.boxes[matched] = seen.boxes[columns]
        rows.detections[matched] = seen.rows[columns]
        rows.scores[matched] = scores
        rows.votes[matched, seen.roles[columns]] += scores
        # Only tracks without an id wait: one shown before and then missed is shown again at once.
        waiting = now - rows.born[matched] < self.config.confirm_seconds - TIME_TOLERANCE
        waiting &= rows.ids[matched] == 0
        if waiting.any():
            self._confirm(matched[~waiting])
        else:
            self._confirm(matched)
        if seen.embeddings is not None:
            usable = seen.embedded[columns] & (scores >= self.config.min_high_score)
            if not usable.all():
                matched, columns = matched[usable], columns[usable]
            embeddings = seen.embeddings[columns]
            self._returns.add_embeddings(rows.keys[matched], embeddings)
            self._update_appearance(matched, embeddings)

    def _confirm(self, chosen: Index) -> None:
        """Show these rows from now on; those without an id get the next ones."""
        rows = self._rows
        rows.status[chosen] = TRACKED
        unnamed = np.sort(chosen[rows.ids[chosen] == 0])
        if len(unnamed):
            rows.ids[unnamed] = np.arange(self._next_id, self._next_id + len(unnamed))
            self._next_id += len(unnamed)

    def _update_appearance(self, chosen: Index, embeddings: Vectors) -> None:
        """Add one embedding to the running mean of each of these rows."""
        rows, now = self._rows, self._time
        counts = rows.appearance_counts[chosen]
        appearance = rows.appearance[chosen]
        if self.config.appearance_keep is None:
            memory = self.config.appearance_memory_seconds
            appearance += (embeddings - appearance) * mean_weights(
                counts, now - rows.appearance_times[chosen], memory
            )
        else:
            appearance = blend(appearance, embeddings, self.config.appearance_keep)
        rows.appearance[chosen] = appearance
        rows.appearance_times[chosen] = now
        rows.appearance_counts[chosen] = counts + 1

    def _forget(self, matched: Index) -> None:
        """Let tracks without a detection become lost, gone and forgotten."""
        rows, config = self._rows, self.config
        missed = np.ones(len(rows), np.bool_)
        missed[matched] = False
        if not missed.any():
            return
        lost = missed & (rows.status == TRACKED)
        if lost.any():
            rows.status[lost] = LOST
            rows.state[1, lost, 2:] = 0.0  # an unseen box does not grow
            rows.feet[lost, END] = feet_of(cxcywh_to_corners(rows.state[0, lost]))
        absent = self._time - rows.seen
        too_long = absent > config.max_lost_seconds + TIME_TOLERANCE
        rows.status[(rows.status == LOST) & too_long] = GONE
        keep = ~(missed & (rows.status == TENTATIVE))
        longest = config.reentry.max_absent_seconds if config.reentry.enabled else -1.0
        keep &= (rows.status != GONE) | (absent <= longest)
        drop_duplicates(rows, keep, config.max_duplicate_distance, config.max_shared_seconds)
        if not keep.all():
            rows.keep(keep)

    def _start(self, seen: Seen, free: Index, *, confirmed: bool) -> None:
        """A new track at each good detection that is left."""
        alive = self._rows.boxes[self._rows.seen == self._time]
        born = self._births.among(seen, free, alive)
        if not len(born):
            return
        fresh = begun(seen, born, self._time, self._clip_mean.dimensions, self._past)
        fresh.keys = self._next_key + np.arange(len(born))
        self._next_key += len(born)
        fresh.undecided[:] = self.config.reentry.enabled
        fresh.entered[:] = self._returns.at_border(seen.boxes[born])
        if seen.embeddings is not None:
            fresh.appearance = seen.embeddings[born]
            embedded = seen.embedded[born]
            fresh.appearance_counts[:] = embedded
            self._returns.add_embeddings(fresh.keys[embedded], fresh.appearance[embedded])
        count = len(self._rows)
        self._rows.extend(fresh)
        if confirmed:
            self._confirm(np.arange(count, count + len(born)))

    def _rejoin(self, old: Index, new: Index) -> None:
        """Let the rows ``new`` continue the identities of the rows ``old``."""
        if not len(new):
            return
        rows = self._rows
        for was, becomes in zip(rows.ids[new].tolist(), rows.ids[old].tolist(), strict=True):
            self.reentries.append(ReentryDecision(self._time, was, becomes))
        rows.join(old, new)

    def _through_flash(self, seen: Seen, matched: Pairs) -> Tracks:
        """The tracks in an image outside the shot, as far as it shows the same people.

        All others stay as they are: unconfirmed ones wait too.
        """
        placed = cxcywh_to_corners(self._rows.state[0, self._rows.status <= LOST])
        nearest = overlap_distances(placed, seen.boxes, 0.0).min(axis=0, initial=1.0)
        if 2 * int((nearest < _MAX_FLASH_DISTANCE).sum()) <= len(seen.boxes):
            return self._shown(matched[0][:0])
        self._continue(seen, *matched)
        return self._shown(np.sort(matched[0]))

    def _shown(self, chosen: Index | None = None) -> Tracks:
        """The tracked ones, or those of ``chosen`` that are."""
        rows = self._rows
        shown = (rows.status == TRACKED).nonzero()[0]
        if chosen is not None:
            shown = chosen[rows.status[chosen] == TRACKED]
        if self.config.output_box == "detection":
            boxes = rows.boxes[shown]
        else:
            boxes = cxcywh_to_corners(rows.state[0, shown])
        roles = SORTED_ROLES[rows.votes[shown].argmax(axis=1)]
        return Tracks(rows.ids[shown], boxes, rows.scores[shown], roles, rows.detections[shown])
