"""What one row of the observation store holds: a frame as plain values, and back, checked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from touchline.flashes import cut_and_flash, frame_code
from touchline.role_codes import ROLE_NAMES, role_codes
from touchline.seen_lines import SeenLines, pack_lines, unpack_lines
from touchline.types import Affine, Detections

FRAME_COLUMNS = (
    "frame INTEGER PRIMARY KEY",
    "time REAL NOT NULL",
    "cut INTEGER NOT NULL",  # 1 where a new shot begins, plus twice flash_frames
    "motion BLOB NOT NULL",  # (2, 3) float64
    "boxes BLOB NOT NULL",  # (N, 4) float64 corner pixels
    "scores BLOB NOT NULL",  # (N,) float64
    "roles BLOB NOT NULL",  # (N,) uint8, positions in types.ROLES
    "embedded BLOB",  # (N,) uint8, 1 where a box has an embedding, or NULL: none has
    "embeddings BLOB",  # (sum of embedded, D) float16
    "shirts BLOB",  # (N, S) float16, NaN where not seen, or NULL: none was
    "numbers BLOB",  # (N,) int8, -1 where none was read, or NULL: none was
    "number_scores BLOB",  # (N,) float16
    "looked INTEGER",  # 0: nobody looked for boxes in this frame; NULL, of older frames: 1
    "checksum INTEGER",  # of all other columns and of the row before; NULL: an older frame
    "track_ids BLOB",  # (N,) int64 of given tracks, or NULL: the boxes are no tracks yet
    "lines BLOB",  # seen_lines.pack_lines, or NULL: nobody looked for lines of the pitch
)
"""Earlier versions of the store lack the last ones."""

CHECKSUM = [column.split()[0] for column in FRAME_COLUMNS].index("checksum")
"""Where a row holds its checksum."""


_STATE = "state."
_LARGEST = 1e9  # seconds of a time, pixels of a motion
_NUMBERS = struct.Struct("<qdqq")  # frame, time, cut, looked


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen in one frame.

    Args:
        frame: index in the video, from 0.
        time: seconds from the start of the clip.
        cut: True where a new shot begins.
        motion: (2, 3) matrix that maps pixels of the previous frame to pixels of this one.
        detections: with float16-exact embeddings, shirts and number scores, or none of them.
        looked: False where nobody looked for boxes, so that a person without one was not missed.
        flash_frames: how many frames before this one were no shot, as is seen now: a flash,
            dropped or foreign images; without ``cut``, the shot before them goes on, and
            ``motion`` is from there.
        flash: this frame is one of such, as was seen later.
        lines: of the pitch, as exact as they are stored; None where nobody looked for them.
    """

    frame: int
    time: float
    cut: bool
    motion: Affine
    detections: Detections
    looked: bool = True
    flash_frames: int = 0
    flash: bool = False
    lines: SeenLines | None = None


def frame_row(observation: Observation, checksum_before: int) -> tuple[Any, ...]:
    """The values of all ``FRAME_COLUMNS``; checksum_before: of the row before, 0 for the first."""
    found = observation.detections
    embedded = vectors = None
    if found.embeddings is not None:
        mask = found.embeddings.any(axis=1)
        embedded = mask.astype(np.uint8).tobytes()
        vectors = found.embeddings[mask].astype(np.float16).tobytes()
    row = (
        observation.frame,
        float(observation.time),
        frame_code(observation.cut, observation.flash_frames),
        np.ascontiguousarray(observation.motion, np.float64).tobytes(),
        found.boxes.tobytes(),
        found.scores.tobytes(),
        role_codes(found.roles).tobytes(),
        embedded,
        vectors,
        *_clothes(found),
        int(observation.looked),
    )
    track_ids = None if found.track_ids is None else found.track_ids.tobytes()
    lines = None if observation.lines is None else pack_lines(observation.lines)
    later = (track_ids, lines)
    return (*row, row_checksum((*row, None, *later), checksum_before), *later)


def row_checksum(row: Sequence[Any], before: int) -> int:
    """CRC32 of a row's values but for its own checksum, chained to that of the row before.

    The chain also tells a row that is missing. Raises struct.error or TypeError for values of
    another type.
    """
    frame, time, cut, *blobs, looked = row[:CHECKSUM]
    # Without later columns the checksum is that of a store that did not know of any.
    blobs += [given for given in row[CHECKSUM + 1 :] if given is not None]
    checksum = zlib.crc32(_NUMBERS.pack(frame, time, cut, looked), before)
    for blob in blobs:
        checksum = zlib.crc32(struct.pack("<q", -1 if blob is None else len(blob)), checksum)
        checksum = checksum if blob is None else zlib.crc32(blob, checksum)
    return checksum


def observation_of(row: Sequence[Any]) -> Observation:
    """The observation in a row of this version, or of an earlier one, which is shorter.

    Raises ValueError, TypeError or IndexError for values that cannot be.
    """
    row = (*row, *(None,) * (len(FRAME_COLUMNS) - len(row)))
    frame, time, cut, motion, boxes, scores, roles, embedded, vectors, *others = row
    shirts, numbers, number_scores, looked, _, track_ids, lines = others
    embeddings: NDArray[np.float32] | None = None
    if embedded is not None:
        mask = np.frombuffer(embedded, np.uint8).astype(np.bool_)
        count = int(mask.sum())
        stored = np.frombuffer(vectors, np.float16)
        size = len(stored) // count if count else 0
        # No vector in this frame: its length is unknown here, so there are no embeddings.
        if size:
            embeddings = np.zeros((len(mask), size), np.float32)
            embeddings[mask] = stored.reshape(count, size)
    affine = np.frombuffer(motion, np.float64).reshape(2, 3)
    # NaN is below nothing either.
    if frame < 0 or not (abs(time) < _LARGEST and (np.abs(affine) < _LARGEST).all()):
        raise ValueError("the number, time or motion of a frame is invalid")
    is_cut, flash_frames = cut_and_flash(cut)
    return Observation(
        frame,
        time,
        is_cut,
        affine,
        Detections(
            np.frombuffer(boxes, np.float64).reshape(-1, 4),
            np.frombuffer(scores, np.float64),
            ROLE_NAMES[np.frombuffer(roles, np.uint8)],
            embeddings,
            shirts=None if shirts is None else _floats(shirts).reshape(len(scores) // 8, -1),
            numbers=None if numbers is None else np.frombuffer(numbers, np.int8),
            number_scores=None if number_scores is None else _floats(number_scores),
            track_ids=None if track_ids is None else np.frombuffer(track_ids, np.int64),
        ),
        looked is None or bool(looked),
        flash_frames,
        lines=None if lines is None else unpack_lines(lines),
    )


def state_blob(state: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as the bytes of an uncompressed npz."""
    blob = io.BytesIO()
    arrays = {_STATE + name: value for name, value in state.items()}
    # The prefix keeps names apart from savez's own parameters; its types do not.
    np.savez(blob, **arrays)  # type: ignore[arg-type]
    return blob.getvalue()


def state_of(blob: bytes) -> dict[str, NDArray[Any]]:
    """The arrays in what ``state_blob`` gave.

    No array takes more memory than the blob does, whatever a foreign one says of its size: what
    is packed is refused. Raises ValueError, or an error of ``zipfile``.
    """
    state: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(io.BytesIO(blob)) as members:
        if sum(member.file_size for member in members.infolist()) > len(blob):
            raise ValueError("the state is larger than its bytes")
        for member in members.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError("the state is compressed")
            name = member.filename.removesuffix(".npy").removeprefix(_STATE)
            state[name] = _array(members.read(member))
    return state


def _array(data: bytes) -> NDArray[Any]:
    """The array in the bytes of an npy file; its header is not believed without them."""
    stream = io.BytesIO(data)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("the state is of an unknown version of npy")
    shape, fortran, dtype = npy.read_array_header_1_0(stream)
    if dtype.hasobject:
        raise ValueError("the state holds objects")
    flat = np.frombuffer(data, dtype, offset=stream.tell())
    return flat.reshape(shape, order="F" if fortran else "C").copy()


def _clothes(found: Detections) -> tuple[bytes | None, bytes | None, bytes | None]:
    """What the columns of shirts, numbers and their scores hold; None where nothing was seen."""
    shirts = numbers = number_scores = None
    if found.shirts is not None and not np.isnan(found.shirts).all():
        shirts = found.shirts.astype(np.float16).tobytes()
    if found.numbers is not None and found.number_scores is not None and (found.numbers >= 0).any():
        numbers = found.numbers.astype(np.int8).tobytes()
        number_scores = found.number_scores.astype(np.float16).tobytes()
    return shirts, numbers, number_scores


def _floats(stored: bytes) -> NDArray[np.float32]:
    return np.frombuffer(stored, np.float16).astype(np.float32)
