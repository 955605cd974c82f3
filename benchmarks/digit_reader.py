"""A reader of shirt numbers that ``train_number_reader.py`` trained, in the place of the program's.

It is not in the package: see docs/teams.md for what it reads and what it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.far_images import SIDE
from touchline.errors import ModelError
from touchline.perception.config import NumbersConfig
from touchline.perception.crops import resize_crops, usable_crops
from touchline.perception.number_reader import NumberReader
from touchline.perception.onnx_model import OnnxModel
from touchline.types import Image

READS = ("touchline.reads", "shirt numbers")
"""What the file's metadata say."""

_ANSWERS = 22
_BATCH = 32


class DigitReader(NumberReader):
    """A network for tens, ones and whether a number can be read at all."""

    def __init__(self, file: Path, config: NumbersConfig | None = None) -> None:
        config = config or NumbersConfig()
        self._model = OnnxModel(file, device=config.device, threads=config.threads)
        self.name, self.sha256 = file.name, self._model.sha256
        if self._model.metadata.get(READS[0]) != READS[1] or len(self._model.inputs) != 1:
            raise ModelError(f"{self.name} is not a network that reads shirt numbers")

    def read(self, crops: Sequence[Image]) -> NDArray[np.float64]:
        """(N, 100) probability of every number by its value, on BGR crops of backs.

        Zeros for an empty crop. A row adds up to 1 at most: the rest is that no number can be read.
        """
        numbers = np.zeros((len(crops), 100))
        rows = usable_crops(crops)
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            pixels = resize_crops([crops[row] for row in part], SIDE, SIDE)
            planes = pixels.transpose(0, 3, 1, 2).astype(np.float32)
            answers = self._model.run({self._model.inputs[0].name: planes})[0]
            if answers.shape != (len(part), _ANSWERS):
                raise ModelError(f"{self.name} answers {answers.shape}, not digits of numbers")
            numbers[part] = _of_digits(answers.astype(np.float64))
        return numbers


def _of_digits(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 100) from (N, 22); nobody wears 0 or a number that begins with it."""
    tens, none, ones = answers[:, 1:10], answers[:, 10:11], answers[:, 11:21]
    numbers = np.empty((len(answers), 100))
    numbers[:, :10] = none * ones
    numbers[:, 10:] = (tens[:, :, None] * ones[:, None]).reshape(len(answers), 90)
    numbers[:, 0] = 0.0
    return numbers * answers[:, 21:]
