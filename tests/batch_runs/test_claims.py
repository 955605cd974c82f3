"""A clip is one process's alone, and nobody's once that process is dead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from touchline.batch_runs.claims import Claims, Holder


def test_of_many_that_want_a_clip_one_has_it(tmp_path: Path) -> None:
    begin, got = threading.Barrier(8), list[bool]()

    def want() -> None:
        with_others = Claims(tmp_path)
        begin.wait()
        got.append(with_others.take("clip", os.getpid()))

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 7 + [True]


def test_a_clip_that_is_let_go_is_free_and_leaves_nothing(tmp_path: Path) -> None:
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        assert one.take("a.b", os.getpid())
        assert other.take("b", os.getpid())  # whose name is the end of the other's
        assert not other.take("a.b", os.getpid())
        one.release("a.b")
        assert other.take("a.b", os.getpid())
    assert not list(tmp_path.iterdir())


def test_the_claim_of_a_killed_process_is_taken_over_at_once(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        assert one.take("clip", process.pid)
        assert not other.take("clip", os.getpid())
        process.kill()
        process.communicate()
        assert other.take("clip", os.getpid())
        assert one.is_lost("clip")
        assert not other.is_lost("clip")


def test_a_process_of_the_same_number_that_began_later_is_another_one() -> None:
    mine = Holder.of(os.getpid())
    assert mine.is_gone() is False
    assert Holder(mine.place, mine.pid, "1").is_gone() is True
    assert Holder("elsewhere", mine.pid, mine.begun).is_gone() is None


def test_who_is_elsewhere_is_dead_without_a_sign_of_life_by_our_clock_alone(tmp_path: Path) -> None:
    now = 1000.0
    claim = tmp_path / "1.clip"
    claim.write_text(json.dumps({"place": "elsewhere", "pid": 1, "begun": "1"}))
    os.utime(claim, (4e9, 4e9))  # that machine's clock is years ahead
    with Claims(tmp_path, dead_seconds=120, clock=lambda: now) as claims:
        assert not claims.take("clip", os.getpid())
        assert claims.is_doubtful("clip")
        now += 100
        os.utime(claim, (1e9, 1e9))  # and was set back
        assert not claims.take("clip", os.getpid())
        assert not claims.is_doubtful("clip")
        now += 119
        assert not claims.take("clip", os.getpid())
        now += 1
        assert claims.take("clip", os.getpid())


def test_a_claim_whose_maker_was_killed_before_it_said_who_it_is_ends_too(tmp_path: Path) -> None:
    now = 0.0
    (tmp_path / "3.clip").write_bytes(b"")
    with Claims(tmp_path, dead_seconds=120, clock=lambda: now) as claims:
        assert not claims.take("clip", os.getpid())
        now = 120.0
        assert claims.take("clip", os.getpid())


def test_what_is_held_gives_signs_of_life(tmp_path: Path) -> None:
    with Claims(tmp_path, beat_seconds=0.01) as claims:
        claims.take("clip", os.getpid())
        os.utime(tmp_path / "1.clip", (1e9, 1e9))
        until = time.monotonic() + 5
        while (tmp_path / "1.clip").stat().st_mtime < 1.1e9:
            assert time.monotonic() < until
            time.sleep(0.01)
