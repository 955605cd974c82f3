"""Folders of images: which make the clip, in which order, at what rate; what is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from touchline.errors import FormatError, TouchlineError, UsageError, VideoError
from touchline.types import Frame, Image
from touchline.video.config import VideoConfig
from touchline.video.reader import open_video

MakeImages = Callable[[int], list[Image]]


def refusal(source: Path, kind: type[TouchlineError]) -> str:
    """The message with which opening or reading ``source`` is refused."""
    with pytest.raises(kind) as caught, open_video(source) as reader:
        list(reader)
    message = str(caught.value)
    assert "\n" not in message
    return message


def read(folder: Path, config: VideoConfig | None = None) -> tuple[list[Frame], list[str]]:
    """The frames and, where the rate was given, all warnings."""
    with open_video(folder, config=config or VideoConfig(image_fps=25)) as reader:
        frames = list(reader)
        return frames, reader.warnings


def write_images(folder: Path, images: list[Image], numbers: list[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for image, number in zip(images, numbers, strict=True):
        assert cv2.imwrite(str(folder / f"{number:06d}.png"), image)


def test_image_folder_is_a_video(tmp_path: Path, make_images: MakeImages) -> None:
    images = make_images(12)
    write_images(tmp_path / "shots", images, [*range(1, 13)])
    with open_video(tmp_path / "shots", config=VideoConfig(image_fps=10)) as reader:
        frames = list(reader)
        assert (reader.info.fps, reader.info.frame_count) == (10, 12)
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx([n / 10 for n in range(12)])
    assert all(np.array_equal(f.image, image) for f, image in zip(frames, images, strict=True))
    with open_video(tmp_path / "shots", start=0.2, end=0.4, config=VideoConfig(image_fps=10)) as r:
        assert [frame.index for frame in r] == [2, 3]


def test_mot_sequence_folder_takes_its_rate_from_seqinfo(
    tmp_path: Path, make_images: MakeImages
) -> None:
    write_images(tmp_path / "SNMOT-1" / "img1", make_images(3), [1, 2, 3])
    (tmp_path / "SNMOT-1" / "seqinfo.ini").write_text("[Sequence]\nname=x\nframeRate=50\n")
    for folder in (tmp_path / "SNMOT-1", tmp_path / "SNMOT-1" / "img1"):
        with open_video(folder) as reader:
            assert (reader.info.fps, reader.info.name) == (50, "SNMOT-1")
            assert len(list(reader)) == 3


def test_names_are_ordered_by_number_not_by_letters(
    tmp_path: Path, make_images: MakeImages
) -> None:
    images = make_images(11)
    for number, image in enumerate(images):
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), image)
    with open_video(tmp_path) as reader:
        assert all(np.array_equal(f.image, i) for f, i in zip(reader, images, strict=True))


def test_same_number_twice_is_named(tmp_path: Path, make_images: MakeImages) -> None:
    write_images(tmp_path, make_images(3), [1, 2, 3])
    (tmp_path / "2.png").write_bytes((tmp_path / "000002.png").read_bytes())
    assert "000002.png and 2.png" in refusal(tmp_path, UsageError)


def test_missing_images_leave_a_gap_so_that_boxes_fit(
    tmp_path: Path, make_images: MakeImages
) -> None:
    write_images(tmp_path, make_images(4), [1, 2, 4, 5])
    frames, warnings = read(tmp_path)
    assert [frame.index for frame in frames] == [0, 1, 3, 4]
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.04, 0.12, 0.16])
    (warning,) = warnings
    assert "1 of 5 images are missing (after 000002.png)" in warning
    with open_video(tmp_path, first_frame=2) as reader:
        assert [frame.index for frame in reader] == [3, 4]


def test_first_images_that_are_missing_are_known_by_the_length_in_seqinfo(
    tmp_path: Path, make_images: MakeImages
) -> None:
    write_images(tmp_path / "img1", make_images(3), [3, 4, 5])
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nframeRate=25\nseqLength=6\n")
    frames, warnings = read(tmp_path)
    assert [frame.index for frame in frames] == [2, 3, 4]
    assert any("3 of 6 images are missing" in one and "is frame 3" in one for one in warnings)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([0, 1, 2, 3], None),
        ([1, 2, 3, 4], None),
        ([0, 5, 10, 15], None),
        ([750, 751, 752, 753], "begins with 000750.png, which is frame 1"),
        ([1000, 1033, 1067, 1100], "numbered unevenly"),
    ],
)
def test_frames_count_from_the_first_image(
    numbers: list[int], said: str | None, tmp_path: Path, make_images: MakeImages
) -> None:
    write_images(tmp_path, make_images(4), numbers)
    frames, warnings = read(tmp_path)
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert len(warnings) == (said is not None)
    assert said is None or said in warnings[0]


@pytest.mark.parametrize("stray", ["cover.png", "thumb_0.png", "Background.JPG", "a3b7.png"])
def test_a_stray_image_is_left_out_and_the_order_stays(
    stray: str, tmp_path: Path, make_images: MakeImages
) -> None:
    images = make_images(13)
    for number, image in enumerate(images[:12], start=1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    cv2.imwrite(str(tmp_path / stray), images[12][:20])
    frames, warnings = read(tmp_path)
    assert all(np.array_equal(f.image, i) for f, i in zip(frames, images[:12], strict=True))
    (warning,) = warnings
    assert warning.endswith(f"1.png and 11 others: {stray}")


def test_names_of_two_kinds_are_one_clip_only_as_one_numbering(
    tmp_path: Path, make_images: MakeImages
) -> None:
    for number, image in enumerate(make_images(6)):
        cv2.imwrite(str(tmp_path / f"{'ab'[number // 3]}_{number}.png"), image)
    assert len(read(tmp_path)[0]) == 6
    for file in tmp_path.glob("b_*"):
        file.rename(tmp_path / f"b_{int(file.stem[2:]) - 3}.png")
    assert "3 like a_0.png and 3 like b_0.png" in refusal(tmp_path, UsageError)


def test_the_number_that_changes_counts(tmp_path: Path, make_images: MakeImages) -> None:
    images = make_images(11)
    for number, image in enumerate(images):
        cv2.imwrite(str(tmp_path / f"cam2_{number}_1080p.png"), image)
    frames, warnings = read(tmp_path)
    assert all(np.array_equal(f.image, i) for f, i in zip(frames, images, strict=True))
    assert not warnings


def test_names_without_numbers_are_taken_by_letters_and_it_is_said(
    tmp_path: Path, make_images: MakeImages
) -> None:
    for name, image in zip("bca", make_images(3), strict=True):
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
    frames, warnings = read(tmp_path)
    assert np.array_equal(frames[1].image, make_images(3)[0])
    assert "from a.png to c.png" in warnings[0]


@pytest.mark.parametrize("broken", [b"no image", b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_broken_image_is_passed_over(
    broken: bytes, number: int, tmp_path: Path, make_images: MakeImages
) -> None:
    images = make_images(4)
    write_images(tmp_path, images, [1, 2, 3, 4])
    (tmp_path / f"{number:06d}.png").write_bytes(broken)
    frames, warnings = read(tmp_path)
    assert [frame.index for frame in frames] == [n for n in range(4) if n != number - 1]
    assert all(np.array_equal(frame.image, images[frame.index]) for frame in frames)
    (warning,) = warnings
    assert f"1 of 4 images are broken and were passed over (00000{number}.png)" in warning


def test_a_folder_of_broken_images_is_refused(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.png").write_bytes(b"no image")
    assert "none of 2 images: image " in refusal(tmp_path, VideoError)


def test_a_image_of_another_size_is_scaled(tmp_path: Path, make_images: MakeImages) -> None:
    images = make_images(3)
    write_images(tmp_path, [images[0], images[1][:40], images[2]], [1, 2, 3])
    frames, warnings = read(tmp_path)
    assert {frame.image.shape for frame in frames} == {(64, 96, 3)}
    assert warnings == ["images change from 96x64 to 96x40: scaled to the first size"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff[Sequence]\nframeRate=30\n",
        "frameRate=30\nseqLength=3\n",
        "[sequence]\r\nFRAMERATE = 30\r\n",
        "[Sequence]\nframeRate=30\nframeRate=30.0\n",
        "[Sequence]\nframeRate: 30 ; of the camera\n",
        'frameRate="30" # images\n',
    ],
)
def test_seqinfo_is_read_as_by_evaluate(text: str, tmp_path: Path, make_images: MakeImages) -> None:
    write_images(tmp_path / "img1", make_images(3), [1, 2, 3])
    (tmp_path / "seqinfo.ini").write_text(text, encoding="utf-8", newline="")
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "seqinfo.ini").write_text(text, encoding=encoding, newline="")
        with open_video(tmp_path) as reader:
            assert reader.info.fps == 30
            assert not reader.warnings


def test_a_rate_that_nothing_says_is_assumed_and_said(
    tmp_path: Path, make_images: MakeImages
) -> None:
    write_images(tmp_path / "img1", make_images(3), [1, 2, 3])
    for text in (None, "[Sequence]\nname=x\nseqLength=3\n"):
        if text is not None:
            (tmp_path / "seqinfo.ini").write_text(text)
        with open_video(tmp_path) as reader:
            assert reader.info.fps == 25
            assert "25 images a second are assumed" in reader.warnings[0]
        with open_video(tmp_path, config=VideoConfig(image_fps=30)) as reader:
            assert reader.info.fps == 30
            assert not reader.warnings
    (tmp_path / "seqinfo.ini").write_text("frameRate=50\n")
    with open_video(tmp_path, config=VideoConfig(image_fps=30)) as reader:
        assert reader.info.fps == 50
        assert "video.image_fps=30 is not used" in reader.warnings[0]


@pytest.mark.parametrize("value", ["inf", "nan", "0", "-25", "1e999", "fast", ""])
def test_a_rate_that_cannot_be_is_refused(
    value: str, tmp_path: Path, make_images: MakeImages
) -> None:
    write_images(tmp_path / "img1", make_images(2), [1, 2])
    (tmp_path / "seqinfo.ini").write_text(f"[Sequence]\nframeRate={value}\n")
    assert f"line 2: framerate {value!r} is not a number above 0" in refusal(tmp_path, FormatError)


def test_rates_that_contradict_each_other_are_refused(
    tmp_path: Path, make_images: MakeImages
) -> None:
    write_images(tmp_path / "img1", make_images(2), [1, 2])
    (tmp_path / "seqinfo.ini").write_text("frameRate=25\nframeRate=30\n")
    assert "line 2: framerate 30 contradicts 25" in refusal(tmp_path, FormatError)
