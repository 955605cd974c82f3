"""The store gives back what it was given, also after a kill."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from touchline.errors import StoreError
from touchline.observation_rows import state_blob
from touchline.observations import (
    STORE_VERSION,
    Observation,
    ObservationStore,
)
from touchline.seen_lines import SeenLines, pack_lines, unpack_lines
from touchline.store_file import holds_nothing, is_being_written
from touchline.types import ROLES, Detections, identity_motion

Factory = pytest.TempPathFactory


def observation(frame: int, count: int = 2, size: int = 0, *, clothes: bool = False) -> Observation:
    numbers = np.random.default_rng(frame)
    corners = numbers.uniform(0, 500, (count, 2))
    embeddings = None
    if size:
        embeddings = numbers.normal(size=(count, size)).astype(np.float16).astype(np.float32)
        embeddings[0] = 0.0  # not embedded
    detections = Detections(
        np.column_stack([corners, corners + 20]),
        numbers.uniform(0, 1, count),
        numbers.choice(np.array(ROLES), count),
        embeddings,
    )
    if clothes:
        shirts = numbers.uniform(0, 255, (count, 6)).astype(np.float16)
        shirts[0] = np.nan  # not seen
        detections = detections.with_shirts(shirts).with_numbers(
            numbers.integers(-1, 100, count), numbers.uniform(0, 1, count).astype(np.float16)
        )
    motion = identity_motion() + numbers.normal(0, 0.01, (2, 3))
    return Observation(frame, frame / 25, frame == 3, motion, detections)


def same(a: Observation, b: Observation) -> bool:
    x, y = a.detections, b.detections
    for name in ("embeddings", "shirts", "numbers", "number_scores"):
        left, right = getattr(x, name), getattr(y, name)
        assert (left is None) == (right is None), name
        if left is not None:
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)
    return (
        (a.frame, a.time, a.cut, a.looked) == (b.frame, b.time, b.cut, b.looked)
        and np.array_equal(a.motion, b.motion)
        and np.array_equal(x.boxes, y.boxes)
        and np.array_equal(x.scores, y.scores)
        and np.array_equal(x.roles, y.roles)
    )


@pytest.mark.parametrize("size", [0, 8])
def test_observations_come_back_bit_for_bit(tmp_path: Path, size: int) -> None:
    written = [observation(frame, count, size) for frame, count in enumerate([3, 1, 5, 2])]
    with ObservationStore.create(tmp_path / "o.sqlite", {"clip": "a"}) as store:
        for item in written:
            store.append(item)
        store.commit()
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        read = list(store)
        assert store.facts()["clip"] == "a"
        assert len(store) == 4
        last = store.last()
    if size:  # a frame in which nothing was embedded reads back without embeddings
        one = written[1].detections.with_embeddings(None)
        written[1] = replace(written[1], detections=one)
    assert all(same(a, b) for a, b in zip(written, read, strict=True))
    assert last is not None
    assert same(last, written[-1])


def test_shirts_and_numbers_come_back_bit_for_bit(tmp_path: Path) -> None:
    written = [observation(frame, 4, 8, clothes=frame != 1) for frame in range(3)]
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        for item in written:
            store.append(item)
        store.commit()
        assert all(same(a, b) for a, b in zip(written, store, strict=True))


def test_a_frame_without_a_shirt_or_a_number_reads_back_without_them(tmp_path: Path) -> None:
    nothing = observation(0).detections.with_shirts(np.full((2, 6), np.nan))
    nothing = nothing.with_numbers([-1, -1], [0.0, 0.0])
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        store.append(replace(observation(0), detections=nothing))
        store.append(replace(observation(1), detections=Detections.empty().with_numbers([], [])))
        store.commit()
        read = [item.detections for item in store]
    assert [item.shirts for item in read] == [None, None]
    assert [item.numbers for item in read] == [None, None]


VERSION_1_FRAMES = """CREATE TABLE frames (
    frame INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    cut INTEGER NOT NULL,
    motion BLOB NOT NULL,      -- (2, 3) float64
    boxes BLOB NOT NULL,       -- (N, 4) float64 corner pixels
    scores BLOB NOT NULL,      -- (N,) float64
    roles BLOB NOT NULL,       -- (N,) uint8, positions in types.ROLES
    embedded BLOB,             -- (N,) uint8, 1 where a box has an embedding, or NULL: none has
    embeddings BLOB            -- (sum of embedded, D) float16
)"""


def as_version_1(file: Path, written: list[Observation]) -> None:
    """A store as touchline wrote it before it saw shirts."""
    with ObservationStore.create(file, {}) as store:
        for item in written:
            store.append(item)
        store.commit(version=1)
        execute = store._connection.execute
        execute("ALTER TABLE frames RENAME TO later")
        execute(VERSION_1_FRAMES)
        columns = "frame, time, cut, motion, boxes, scores, roles, embedded, embeddings"
        execute(f"INSERT INTO frames SELECT {columns} FROM later")
        execute("DROP TABLE later")
        execute("DELETE FROM facts WHERE name LIKE 'guard.%'")
        store._appended = None
        store._connection.commit()


def as_version_2(file: Path, written: list[Observation]) -> None:
    """A store as touchline wrote it before it had checksums."""
    with ObservationStore.create(file, {}) as store:
        for item in written:
            store.append(item)
        store.commit({"counter": np.array(len(written))}, version=2)
        for column in ("looked", "checksum", "track_ids", "lines"):
            store._connection.execute(f"ALTER TABLE frames DROP COLUMN {column}")
        store._connection.execute("DELETE FROM facts WHERE name LIKE 'guard.%'")
        store._connection.commit()


def as_version_3(file: Path, written: list[Observation]) -> None:
    """A store as touchline wrote it before it took tracks of other programs."""
    with ObservationStore.create(file, {}) as store:
        for item in written:
            store.append(item)
        store.commit(version=3)
        for column in ("track_ids", "lines"):
            store._connection.execute(f"ALTER TABLE frames DROP COLUMN {column}")
        store._connection.commit()


def as_version_4(file: Path, written: list[Observation]) -> None:
    """A store as touchline wrote it before it looked for lines of the pitch."""
    with ObservationStore.create(file, {}) as store:
        for item in written:
            store.append(item)
        store.commit(version=4)
        store._connection.execute("ALTER TABLE frames DROP COLUMN lines")
        store._connection.commit()


@pytest.mark.parametrize("earlier", [as_version_3, as_version_4])
def test_a_store_from_before_later_columns_stays_guarded_when_it_is_continued(
    tmp_path: Path, earlier: Callable[[Path, list[Observation]], None]
) -> None:
    written = [observation(frame, clothes=True) for frame in range(3)]
    earlier(tmp_path / "o.sqlite", written)
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        assert all(same(a, b) for a, b in zip(written, store, strict=True))
    with ObservationStore.open(tmp_path / "o.sqlite", write=True) as store:
        written.append(observation(3))
        store.append(written[-1])
        store.commit()
        assert all(same(a, b) for a, b in zip(written, store, strict=True))
        assert store.facts() == {"version": STORE_VERSION}
    overwrite(tmp_path / "o.sqlite", "UPDATE frames SET time = 9 WHERE frame = 1")
    with ObservationStore.open(tmp_path / "o.sqlite") as store, pytest.raises(StoreError):
        list(store)


def test_ids_of_given_tracks_come_back_and_are_guarded(tmp_path: Path) -> None:
    boxes, ids = [[0, 0, 1, 2], [4, 0, 6, 2]], [[9, 2**52], [2**52, 0]]
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        for frame, given in enumerate(ids):
            seen = Detections(boxes, [1, 1], track_ids=given)
            store.append(Observation(frame, frame / 25, False, identity_motion(), seen))
        store.commit()
        back = [each.detections.track_ids for each in store]
        assert [None if one is None else one.tolist() for one in back] == ids
    overwrite(tmp_path / "o.sqlite", "UPDATE frames SET track_ids = NULL WHERE frame = 1")
    with ObservationStore.open(tmp_path / "o.sqlite") as store, pytest.raises(StoreError):
        list(store)


def test_lines_of_the_pitch_come_back_bit_for_bit_and_are_guarded(tmp_path: Path) -> None:
    grass = np.arange(7 * 13).reshape(7, 13) % 3 > 0
    lines = SeenLines(np.array([[-0.5, 0.28], [0.123, -0.1]]), np.array([0.0, 3.1]), grass)
    seen = [unpack_lines(pack_lines(lines)), None, SeenLines()]
    assert np.abs(unpack_lines(pack_lines(lines)).points - lines.points).max() < 1e-4
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        for frame, one in enumerate(seen):
            store.append(replace(observation(frame), lines=one))
        store.commit()
        back = [each.lines for each in store]
    for one, other in zip(seen, back, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            for name in ("points", "angles", "grass"):
                assert np.array_equal(getattr(one, name), getattr(other, name)), name
    overwrite(tmp_path / "o.sqlite", "UPDATE frames SET lines = NULL WHERE frame = 2")
    with ObservationStore.open(tmp_path / "o.sqlite") as store, pytest.raises(StoreError):
        list(store)


@pytest.mark.parametrize("packed", [b"", b"\1\0\2\0\2\0", b"\0\0\2\0\2\0\1\1"])
def test_lines_of_another_length_than_they_say_are_damage(packed: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        unpack_lines(packed)


def test_a_store_from_before_shirts_is_read(tmp_path: Path) -> None:
    written = [observation(frame, size=8) for frame in range(3)]
    as_version_1(tmp_path / "o.sqlite", written)
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        assert all(same(a, b) for a, b in zip(written, store, strict=True))
        assert store.facts()["version"] == 1
        last = store.last()
    assert last is not None
    assert same(last, written[-1])


def test_a_store_from_before_shirts_is_continued(tmp_path: Path) -> None:
    written = [observation(frame) for frame in range(3)]
    as_version_1(tmp_path / "o.sqlite", written)
    written.append(observation(3, clothes=True))
    with ObservationStore.open(tmp_path / "o.sqlite", write=True) as store:
        store.append(written[-1])
        store.commit()
    with ObservationStore.open(tmp_path / "o.sqlite", write=True) as store:
        assert all(same(a, b) for a, b in zip(written, store, strict=True))
        assert store.facts()["version"] == STORE_VERSION


def test_a_store_from_before_checksums_is_read_and_continued(tmp_path: Path) -> None:
    written = [observation(frame, clothes=True) for frame in range(3)]
    as_version_2(tmp_path / "o.sqlite", written)
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        assert all(same(a, b) for a, b in zip(written, store, strict=True))
        assert store.facts() == {"version": 2}
        assert store.state() == {"counter": np.array(3)}
    with ObservationStore.open(tmp_path / "o.sqlite", write=True) as store:
        for frame in (3, 4):
            written.append(observation(frame))
            store.append(written[-1])
        store.commit()
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        assert all(same(a, b) for a, b in zip(written, store, strict=True))
        assert store.facts() == {"version": STORE_VERSION}
    overwrite(tmp_path / "o.sqlite", "UPDATE frames SET time = 9 WHERE frame = 4")
    with ObservationStore.open(tmp_path / "o.sqlite") as store, pytest.raises(StoreError):
        list(store)


def test_a_frame_at_which_nobody_looked_says_so(tmp_path: Path) -> None:
    written = [replace(observation(frame, 0), looked=frame != 1) for frame in range(3)]
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        for item in written:
            store.append(item)
        store.commit()
        assert [item.looked for item in store] == [True, False, True]


def overwrite(file: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(file)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def three_frames(file: Path) -> None:
    with ObservationStore.create(file, {"clip": "a"}) as store:
        for frame in range(3):
            store.append(observation(frame, 4, 8, clothes=True))
            store.commit({"counter": np.array(frame)})


@pytest.mark.parametrize(
    "damage",
    [
        "time = time + 0.01",
        "cut = 1 - cut",
        "looked = 0",
        "motion = zeroblob(48)",
        "boxes = zeroblob(length(boxes))",
        "scores = zeroblob(length(scores))",
        "roles = zeroblob(length(roles))",
        "embedded = NULL",
        "embeddings = zeroblob(length(embeddings))",
        "shirts = NULL",
        "numbers = zeroblob(length(numbers))",
        "number_scores = zeroblob(length(number_scores))",
        "checksum = NULL",
        "time = 'noon'",
    ],
)
def test_a_damaged_frame_is_named_whatever_was_hit(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "o.sqlite"
    three_frames(file)
    overwrite(file, f"UPDATE frames SET {damage} WHERE frame = 1")
    with (
        ObservationStore.open(file) as store,
        pytest.raises(
            StoreError, match=r"frame 1 .* is damaged; touchline track --overwrite"
        ) as raised,
    ):
        list(store)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("frame", "named"), [(0, "frame 1 "), (1, "frame 2 "), (2, "last")])
def test_a_missing_frame_is_damage(tmp_path: Path, frame: int, named: str) -> None:
    three_frames(tmp_path / "o.sqlite")
    overwrite(tmp_path / "o.sqlite", "DELETE FROM frames WHERE frame = ?", frame)
    with (
        ObservationStore.open(tmp_path / "o.sqlite") as store,
        pytest.raises(StoreError, match=named),
    ):
        list(store)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE facts SET value = '\"b\"' WHERE name = 'clip'",
        "UPDATE facts SET value = '{' WHERE name = 'clip'",
        "UPDATE facts SET value = '2' WHERE name = 'version'",
        "DELETE FROM facts WHERE name = 'clip'",
        "DELETE FROM facts WHERE name = 'guard.facts'",
    ],
)
def test_damaged_facts_are_told_when_the_store_is_opened(tmp_path: Path, damage: str) -> None:
    three_frames(tmp_path / "o.sqlite")
    overwrite(tmp_path / "o.sqlite", damage)
    with pytest.raises(StoreError, match="damaged; touchline track --overwrite"):
        ObservationStore.open(tmp_path / "o.sqlite")


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_a_flipped_bit_never_gives_other_observations(
    whole_store: tuple[bytes, list[Observation]], data: st.DataObject, tmp_path_factory: Factory
) -> None:
    stored, written = whole_store
    place = data.draw(st.integers(0, len(stored) * 8 - 1))
    damaged = bytearray(stored)
    damaged[place // 8] ^= 1 << place % 8
    file = tmp_path_factory.mktemp("flipped") / "o.sqlite"
    file.write_bytes(damaged)
    try:
        with ObservationStore.open(file) as store:
            facts, read, state = store.facts(), list(store), store.state()
    except StoreError:
        return
    assert all(same(a, b) for a, b in zip(written, read, strict=True))
    assert facts == {"version": STORE_VERSION, "clip": "a"}
    assert state == {"counter": np.array(2)}


@pytest.fixture(scope="module")
def whole_store(tmp_path_factory: Factory) -> tuple[bytes, list[Observation]]:
    file = tmp_path_factory.mktemp("whole") / "o.sqlite"
    three_frames(file)
    with ObservationStore.open(file) as store:
        return file.read_bytes(), list(store)


def larger_than_it_is() -> bytes:
    header = {"descr": "<f8", "fortran_order": False, "shape": (1 << 31,)}
    array, blob = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(array, header)
    with zipfile.ZipFile(blob, "w") as members:
        members.writestr("state.counter.npy", array.getvalue() + bytes(64))
    return blob.getvalue()


def packed() -> bytes:
    blob = io.BytesIO()
    np.savez_compressed(blob, counter=np.zeros(1 << 22))
    return blob.getvalue()


@pytest.mark.parametrize("blob", [larger_than_it_is(), packed(), b"", b"PK no archive"])
def test_a_state_takes_no_more_memory_than_its_bytes(tmp_path: Path, blob: bytes) -> None:
    written = [observation(0)]
    as_version_2(tmp_path / "o.sqlite", written)  # a foreign one: nothing guards its state
    overwrite(tmp_path / "o.sqlite", "UPDATE state SET value = ?", blob)
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        tracemalloc.start()
        with pytest.raises(StoreError, match=r"state .* is damaged; touchline track --overwrite"):
            store.state()
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()


def test_a_damaged_state_is_not_gone_on_from(tmp_path: Path) -> None:
    three_frames(tmp_path / "o.sqlite")
    blob = state_blob({"counter": np.array(7)})
    for statement, values in [("UPDATE state SET value = ?", [blob]), ("DELETE FROM state", [])]:
        overwrite(tmp_path / "o.sqlite", statement, *values)
        with (
            ObservationStore.open(tmp_path / "o.sqlite") as store,
            pytest.raises(StoreError, match=r"state .* is damaged"),
        ):
            store.state()


def test_a_store_of_a_later_version_is_refused(tmp_path: Path) -> None:
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        store.commit(version=STORE_VERSION + 1)
    with pytest.raises(StoreError, match="not an observation store of this version"):
        ObservationStore.open(tmp_path / "o.sqlite")


def test_a_frame_without_detections_is_stored(tmp_path: Path) -> None:
    empty = Observation(0, 0.0, False, identity_motion(), Detections.empty())
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        store.append(empty)
        store.commit()
        assert [len(item.detections) for item in store] == [0]


def test_an_empty_store_has_no_last_frame(tmp_path: Path) -> None:
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        assert store.last() is None
        assert store.state() is None
        assert list(store) == []


@given(arrays.arrays(np.float32, arrays.array_shapes(min_dims=0, max_dims=3)))
def test_state_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, value: np.ndarray
) -> None:
    file = tmp_path_factory.mktemp("store") / "o.sqlite"
    with ObservationStore.create(file, {}) as store:
        store.commit({"part.value": value, "file": value})
        state = store.state()
    assert state is not None
    for name in ("part.value", "file"):
        assert state[name].dtype == value.dtype
        assert state[name].tobytes() == value.tobytes()


def test_what_was_not_committed_is_gone_and_the_rest_is_whole(tmp_path: Path) -> None:
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        store.append(observation(0))
        store.commit({"counter": np.array(1)})
        store.append(observation(1))
    with ObservationStore.open(tmp_path / "o.sqlite", write=True) as store:
        last = store.last()
        assert last is not None
        assert last.frame == 0
        store.append(observation(1))
        store.commit()
        assert len(store) == 2


def test_a_killed_writer_leaves_every_committed_frame(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    code = f"""
import os, signal, numpy as np
from pathlib import Path
from touchline.observations import Observation, ObservationStore
from touchline.types import Detections, identity_motion
store = ObservationStore.create(Path({str(file)!r}), {{}})
for frame in range(30):
    store.append(Observation(frame, frame / 25, False, identity_motion(), Detections.empty()))
    if frame == 19:
        store.commit({{"frame": np.array(frame)}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    process = subprocess.run([sys.executable, "-c", code], env=os.environ, check=False)
    assert process.returncode == -signal.SIGKILL
    with ObservationStore.open(file, write=True) as store:
        assert len(store) == 20
        state = store.state()
        assert state is not None
        assert int(state["frame"]) == 19


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    with ObservationStore.create(file, {}), pytest.raises(StoreError, match="another touchline"):
        ObservationStore.open(file, write=True)


def test_a_missing_or_damaged_store_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        ObservationStore.open(tmp_path / "none.sqlite")
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"this is no database at all, but long enough to be taken for one" * 50)
    with pytest.raises(StoreError, match="damaged") as raised:
        ObservationStore.open(damaged)
    assert "\n" not in str(raised.value)


def test_a_full_disk_is_one_line_and_keeps_what_was_committed(tmp_path: Path) -> None:
    with ObservationStore.create(tmp_path / "o.sqlite", {}) as store:
        store.append(observation(0))
        store.commit()
        # SQLite's own limit gives the error that a full disk gives.
        store._connection.execute("PRAGMA max_page_count = 12")

        def fill() -> None:
            for frame in range(1, 1000):
                store.append(observation(frame, count=50))
                store.commit()

        with pytest.raises(StoreError, match=r"the disk is full; free some space .* to go on"):
            fill()
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        assert 0 < len(store) < 1000


def test_a_store_that_fails_while_it_is_opened_is_let_go(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE frames (frame)")
    with pytest.raises(StoreError, match="--overwrite"):
        ObservationStore.open(file, write=True)
    assert not is_being_written(file)


def killed_while_it_is_made(file: Path) -> None:
    """A store whose maker was killed inside of its first transaction."""
    code = f"""
import os, signal, sqlite3
from pathlib import Path
from touchline import observations
class Killed(sqlite3.Connection):
    def commit(self):
        if self.in_transaction and self.execute("SELECT * FROM sqlite_master").fetchall():
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit()
plain = sqlite3.connect
sqlite3.connect = lambda *given, **more: plain(*given, factory=Killed, **more)
observations.ObservationStore.create(Path({str(file)!r}), {{"complete": False}})
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert file.exists()


def test_a_store_whose_maker_was_killed_at_once_is_made_anew(tmp_path: Path) -> None:
    killed, empty, other = (tmp_path / name for name in ("killed", "empty", "other"))
    killed_while_it_is_made(killed)
    empty.touch()
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("PRAGMA user_version = 1")  # a header, and no table
    for file in (killed, empty, other):
        assert holds_nothing(file)
        for write in (False, True):
            with pytest.raises(StoreError, match=r"holds nothing yet: .* run that command again"):
                ObservationStore.open(file, write=write)
        with ObservationStore.create(file, {}) as store:
            store.append(observation(0))
            store.commit()
        assert not holds_nothing(file)
        with ObservationStore.open(file) as store:
            assert len(store) == 1


def test_a_store_that_is_there_is_not_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    ObservationStore.create(file, {"complete": True}).close()
    with pytest.raises(StoreError, match="another touchline has just begun"):
        ObservationStore.create(file, {})
    with ObservationStore.open(file) as store:
        assert store.facts()["complete"]


def test_a_store_that_is_open_is_being_written(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    assert not is_being_written(file)
    with ObservationStore.create(file, {}):
        assert is_being_written(file)
    assert not is_being_written(file)


@pytest.mark.parametrize("number", [0, 7, 99])
def test_a_number_that_is_the_only_one_comes_back(tmp_path: Path, number: int) -> None:
    seen = observation(0, 2)
    with_number = replace(seen, detections=seen.detections.with_numbers([number, -1], [0.5, 0.0]))
    with ObservationStore.create(tmp_path / "o.sqlite", {"clip": "a"}) as store:
        store.append(with_number)
        store.commit()
    with ObservationStore.open(tmp_path / "o.sqlite") as store:
        (read,) = store
    assert read.detections.numbers is not None
    assert read.detections.numbers.tolist() == [number, -1]


def test_a_frame_whose_shirts_have_another_length_is_damaged(tmp_path: Path) -> None:
    seen = [observation(frame, 2, clothes=True) for frame in range(2)]
    wider = np.ones((2, 7), np.float32)
    seen[1] = replace(seen[1], detections=seen[1].detections.with_shirts(wider))
    with ObservationStore.create(tmp_path / "o.sqlite", {"clip": "a"}) as store:
        for item in seen:
            store.append(item)
        store.commit()
    with (
        ObservationStore.open(tmp_path / "o.sqlite") as store,
        pytest.raises(StoreError, match=r"frame 1 .* is damaged"),
    ):
        list(store)


def test_which_detections_the_tracks_are_is_kept_beside_the_state(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    with ObservationStore.create(file, {}) as store:
        assert store.track_rows() is None
        store.commit({"counter": np.array(7)})
        store.keep_track_rows(np.array([0, -1, 40]))
        store.keep_track_rows(np.array([3, -1]))
    with ObservationStore.open(file) as store:
        assert (rows := store.track_rows()) is not None
        assert rows.tolist() == [3, -1]
        assert store.state() == {"counter": np.array(7)}
    overwrite(file, "UPDATE state SET value = ? WHERE name = ?", b"1234", "track_rows")
    with (
        ObservationStore.open(file) as store,
        pytest.raises(StoreError, match="which detections its tracks are is damaged; touchline"),
    ):
        store.track_rows()


def test_times_and_shots_are_read_at_once(tmp_path: Path) -> None:
    file = tmp_path / "observations.sqlite"
    three_frames(file)
    with ObservationStore.open(file) as store:
        frames, seconds, shots = store.times_and_shots()
        assert frames.tolist() == store.times()[0].tolist()
        assert seconds.tolist() == store.times()[1].tolist()
        assert shots == [one.frame for one in store if one.cut]
