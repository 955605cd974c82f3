"""The page of a review in a real browser, as a person uses it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import HEIGHT, WIDTH, Clip, picture, positions
from playwright.sync_api import Browser, Page, expect, sync_playwright

from touchline.review.server import ReviewServer

FRAMES = 120
GONE = range(50, 75)
"""Frames, from 0, in which nobody finds the third player."""

_STEPS_MS = (40, 20, 60, 40, 80)
"""How long frames last, again and again: as a phone records."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def clip_of_a_phone(folder: Path) -> Clip:
    """A clip of four players whose frames last differently long; the third one leaves once."""
    video = folder / "phone.mp4"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(picture(number), format="bgr24")
            frame.pts, frame.time_base = _milliseconds(number), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    lines = [
        f"{number + 1},-1,{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},0.9,-1,-1,-1"
        for number in range(FRAMES)
        for row, (x1, y1, x2, y2) in enumerate(positions(number).tolist())
        if not (row == 2 and number in GONE) and 0 <= x1 <= WIDTH - 16
    ]
    detections = folder / "det.txt"
    detections.write_text("\n".join(lines) + "\n")
    return Clip(video, detections, FRAMES)


def _milliseconds(frame: int) -> int:
    rounds, rest = divmod(frame, len(_STEPS_MS))
    return rounds * sum(_STEPS_MS) + sum(_STEPS_MS[:rest])


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium without a window; skips the test where there is none."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


class Reviewer:
    """Somebody in front of the page of a run."""

    def __init__(self, browser: Browser, server: ReviewServer, run: Path) -> None:
        self.run = run
        self.context = browser.new_context(viewport={"width": 1366, "height": 768})
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(server.page)
        self.waits_for("body[data-ready=true]")

    def waits_for(self, selector: str) -> None:
        self.page.wait_for_selector(selector, state="attached", timeout=20_000)

    def presses(self, *keys: str) -> None:
        """Press keys; whatever they state is done then."""
        for key in keys:
            self.page.keyboard.press(key)
        self.waits_for("body:not([data-busy])")

    def types(self, text: str) -> None:
        self.page.keyboard.type(text)

    def chooses(self, identity: int) -> None:
        """Click on somebody's label in the timeline; whatever that states is done then."""
        self.page.locator(f'.row[data-identity="{identity}"]').click(timeout=5_000)
        self.waits_for("body:not([data-busy])")

    def goes_to(self, frame: int) -> None:
        self.page.locator("#time").fill(str(frame))
        self.page.locator("#time").press("Enter")
        self.sees(frame)

    def sees(self, frame: int) -> None:
        """Wait until the picture of a frame is there."""
        self.waits_for(f'#stage[data-frame="{frame}"]')

    @property
    def frame(self) -> int:
        return int(self.page.locator("#time").input_value())

    def reads(self, words: str) -> None:
        """Wait until the line at the top says something."""
        expect(self.page.locator("#status")).to_contain_text(words, timeout=20_000)

    def looks(self) -> tuple[int, bool]:
        """The frame that the stage says it shows, and whether that is the picture of it.

        By where the first player is: their shirt is red, in rows that only they are in.
        """
        frame, left = self.page.evaluate(_RED_SHIRT)
        return int(frame), abs(float(left) - positions(int(frame) - 1)[0, 0]) < 1.2

    def leaves(self) -> None:
        self.context.close()
        assert not self.wrong, self.wrong


_RED_SHIRT = f"""() => {{
  const stage = document.getElementById("stage");
  const scale = Math.min(stage.width / {WIDTH}, stage.height / {HEIGHT});
  const left = (stage.width - {WIDTH} * scale) / 2, top = (stage.height - {HEIGHT} * scale) / 2;
  const pen = stage.getContext("2d");
  const row = pen.getImageData(0, Math.round(top + 62 * scale), stage.width, 1).data;
  const isRed = (x) => row[4 * x] > 150 && row[4 * x + 1] < 90 && row[4 * x + 2] < 90;
  let at = 0;
  while (at < stage.width && !isRed(at)) at += 1;
  return [stage.dataset.frame, (at - left) / scale];
}}"""


def ids_at(run: Path, frame: int) -> dict[int, float]:
    """Who is where in a frame of ``tracks.csv`` (from 1): the left edge by identity."""
    import touchline

    table = touchline.open_run(run).tracks
    here = table[table.frames == frame - 1]
    return dict(zip(here.ids.tolist(), np.round(here.boxes[:, 0], 1).tolist(), strict=True))
