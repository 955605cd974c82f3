"""Made-up cloth on a body: pattern, folds, light, print, and what is beside and before it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.far_images import jittered, part_of
from touchline.types import Image

CANVAS = 56
"""Pixels of a side of the image on which a back is drawn."""

Planes = NDArray[np.float32]


def cylinder(
    half: float, turn: float, tight: bool, rng: np.random.Generator
) -> tuple[Planes, Planes, Planes, Planes]:
    """Across and down the cloth for every pixel, from the number's middle; what is body; light."""
    rows, columns = np.mgrid[:CANVAS, :CANVAS].astype(np.float32) - CANVAS / 2
    angle, slant = np.radians(rng.normal(0, 7)), rng.normal(0, 0.1)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    spread = 0.06 if tight else 0.12
    move_x, move_y = rng.normal(0, spread, 2) * CANVAS
    x = cos * columns + sin * rows
    y = cos * rows - sin * columns + np.float32(slant) * columns
    x = x * (1 + np.float32(rng.normal(0, 0.08)) * y / CANVAS) - np.float32(move_x)
    sine = x / np.float32(half)
    theta = np.arcsin(np.clip(sine, -0.985, 0.985))
    across = (theta - np.float32(turn)) * np.float32(half)
    wave = cv2.resize(
        rng.normal(0, rng.uniform(0.15, 1.6), (4, 4, 2)).astype(np.float32),
        (CANVAS, CANVAS),
        interpolation=cv2.INTER_CUBIC,
    )
    bow = np.float32(rng.normal(0, 2)) * np.square(sine).clip(0, 1)
    down = y - np.float32(move_y) + bow + wave[..., 1]
    inside = np.clip((1 - np.abs(sine)) * half / 2 + 0.5, 0, 1)
    return across + wave[..., 0], down, inside, _light(theta, rng)


def _light(theta: Planes, rng: np.random.Generator) -> Planes:
    """Brightness of every pixel: a side in the shade, and folds along and across."""
    light = 1 + np.float32(rng.normal(0, 0.2)) * theta
    shapes = [(5, 5), (3, 9), (9, 3), (2, 14), (14, 2)]
    for number in rng.permutation(len(shapes))[: int(rng.integers(1, 4))]:
        noise = rng.normal(0, rng.uniform(0.02, 0.16), shapes[number]).astype(np.float32)
        light = light + cv2.resize(noise, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.25:  # one sharp fold
        fold = np.zeros((CANVAS, CANVAS), np.float32)
        ends = rng.integers(0, CANVAS, (3, 2)).reshape(-1, 1, 2).astype(np.int32)
        cv2.polylines(fold, [ends], False, 1.0, int(rng.integers(1, 6)))
        light = light + np.float32(rng.normal(0, 0.4)) * cv2.GaussianBlur(fold, (0, 0), 1.1)
    return np.asarray(np.clip(light, 0.25, 1.8), np.float32)


def cloth_of(
    across: Planes, down: Planes, real: Sequence[Image], rng: np.random.Generator
) -> tuple[Planes, Planes]:
    """Colours (56, 56, 3) of the shirt without its number, and its main colour."""
    if len(real) and rng.random() < 0.3:
        piece = jittered(part_of(real[int(rng.integers(len(real)))], rng), rng)
        cloth = cv2.resize(piece, (CANVAS, CANVAS)).astype(np.float32)
        middle = cloth[14:42, 14:42].reshape(-1, 3)
        return cloth, np.asarray(np.median(middle, axis=0), np.float32)
    main, other = _colour(rng), _colour(rng)
    pattern = rng.random()
    if pattern < 0.5:
        share = np.zeros_like(across)
    elif pattern < 0.7:
        width = rng.uniform(3.5, 11)
        share = (np.sin(across * np.pi / width + rng.uniform(0, 6)) > rng.uniform(-0.6, 0.9)) * 1.0
    elif pattern < 0.82:
        width = rng.uniform(4, 13)
        share = (np.sin(down * np.pi / width + rng.uniform(0, 6)) > rng.uniform(-0.6, 0.9)) * 1.0
    elif pattern < 0.88:
        share = ((across > 0) ^ (rng.random() < 0.5)) * 1.0
    elif pattern < 0.94:
        share = (np.abs(across * rng.choice([-1, 1]) - down + rng.normal(0, 10)) < 6) * 1.0
    else:
        share = np.clip(down / CANVAS + 0.5, 0, 1)
    if rng.random() < 0.3:
        other = main * np.float32(rng.uniform(0.7, 0.95))
    both = share.astype(np.float32)[..., None]
    return main * (1 - both) + other * both, main


def painted(cloth: Planes, ink: Planes, main: Planes, rng: np.random.Generator) -> Planes:
    """The cloth with its print, in a colour that can be told from it."""
    outlined = ink[..., 2].max() > 0
    fill = _far_from(main, 70 if rng.random() < 0.85 else 35, rng)
    edge = _far_from(fill, 60, rng)
    if outlined and rng.random() < 0.2:  # an outline alone
        fill, edge = main, _far_from(main, 60, rng)
    text = fill if rng.random() < 0.7 else _far_from(main, 60, rng)
    digits = np.maximum(ink[..., 0], ink[..., 1])[..., None]
    letters, edges = ink[..., 3:4], ink[..., 2:3]
    painted = cloth
    for share, colour in ((letters, text), (edges, edge), (digits, fill)):
        if share.any():
            painted = painted + (colour - painted) * share
    return painted


def _far_from(colour: Planes, least: float, rng: np.random.Generator) -> Planes:
    for _ in range(8):
        found = _colour(rng)
        grey = np.array([0.114, 0.587, 0.299], np.float32)
        if abs(float((found - colour) @ grey)) > least:
            return found
    return np.full(3, 245.0 if colour.mean() < 128 else 15.0, np.float32)


def _colour(rng: np.random.Generator) -> Planes:
    """BGR, as shirts are: white, black and grey often, else any."""
    chance = rng.random()
    if chance < 0.3:
        return np.full(3, rng.uniform(205, 255), np.float32)
    if chance < 0.42:
        return np.full(3, rng.uniform(10, 60), np.float32)
    parts = [rng.uniform(0, 360), rng.uniform(0.35, 1), rng.uniform(0.25, 1)]
    hsv = np.array([[parts]], np.float32)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0] * 255, np.float32)


def beside(real: Sequence[Image], rng: np.random.Generator) -> Planes:
    """What is left and right of the body: grass, an arm, somebody else."""
    beside = np.empty((CANVAS, CANVAS, 3), np.float32)
    if len(real) and rng.random() < 0.4:
        piece = jittered(real[int(rng.integers(len(real)))], rng)
        return np.asarray(cv2.resize(piece, (CANVAS, CANVAS)), np.float32)
    green = [rng.uniform(20, 90), rng.uniform(70, 170), rng.uniform(30, 120)]
    grass = np.array(green, np.float32)
    beside[:] = grass if rng.random() < 0.75 else _colour(rng)
    beside += rng.normal(0, 8, (CANVAS, CANVAS, 1))
    for side in rng.permutation(2)[: int(rng.integers(0, 3))]:
        left = 0 if side == 0 else CANVAS - int(rng.integers(4, 14))
        top, arm = int(rng.integers(0, 28)), _colour(rng)
        beside[top:, left : left + int(rng.integers(4, 14))] = arm
    return beside


def behind(image: Planes, rng: np.random.Generator) -> tuple[Planes, Planes]:
    """The image with an arm or somebody before it, and what that covers."""
    cover = np.zeros((CANVAS, CANVAS), np.float32)
    start = rng.uniform(-7, 63, 2)
    way = rng.normal(0, 32, 2)
    ends = np.rint([start, start + way]).astype(int).tolist()
    cv2.line(cover, tuple(ends[0]), tuple(ends[1]), 1.0, int(rng.integers(4, 18)))
    return image * (1 - cover[..., None]) + _colour(rng) * cover[..., None], cover
