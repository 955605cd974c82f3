"""Reads shirt numbers off images, with the text recogniser that rapidocr ships.

Only the file of its network is used, through our own door to onnxruntime: so the probabilities of
digits are the network's own, and device and threads are ours to choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import ModelError, UsageError
from touchline.perception.config import NumbersConfig
from touchline.perception.crops import resize_crops, usable_crops
from touchline.perception.digit_strings import number_probabilities
from touchline.perception.onnx_model import OnnxModel
from touchline.types import Image

_HEIGHT, _WIDTH = 48, 64
"""Recogniser input size. Its height is fixed; narrower images lost a third of the numbers."""

_BATCH = 32
_MISSING = (
    "rapidocr is not installed, which reads shirt numbers: pip install 'touchline[ocr]' brings it; "
    "-s numbers.read=never goes without"
)


def find_recogniser() -> Path | None:
    """The recogniser's file in the installed rapidocr, or None where there is none."""
    package = find_spec("rapidocr")
    if package is None or package.origin is None:
        return None
    files = sorted((Path(package.origin).parent / "models").glob("*rec*.onnx"))
    return files[-1] if files else None


def open_number_reader(config: NumbersConfig) -> NumberReader | None:
    """The reader that ``config`` asks for; None where it asks for none, or ``auto`` finds none.

    Raises UsageError where it is asked for and not installed.
    """
    file = None if config.read == "never" else find_recogniser()
    if file is None:
        if config.read == "always":
            raise UsageError(_MISSING)
        return None
    return NumberReader(file, config)


class NumberReader:
    """A text recogniser, looking for digits only.

    name: of its file. sha256: hex digest of it. Raises ModelError for a file that is none.
    """

    def __init__(self, file: Path, config: NumbersConfig | None = None) -> None:
        config = config or NumbersConfig()
        self._model = OnnxModel(file, device=config.device, threads=config.threads)
        self.name = file.name
        self.sha256 = self._model.sha256
        # The network's classes are a blank and then its alphabet, written down line by line.
        alphabet = self._model.metadata.get("character", "").split("\n")
        if not set("0123456789") <= set(alphabet) or len(self._model.inputs) != 1:
            raise ModelError(f"{self.name} is not a text recogniser that knows digits")
        self._classes = np.array([0, *(1 + alphabet.index(str(digit)) for digit in range(10))])

    def read(self, crops: Sequence[Image]) -> NDArray[np.float64]:
        """(N, 100) probability of every number by its value, on BGR crops of little but numbers.

        Zeros for an empty crop. The probabilities of a row add up to 1 at most.
        """
        numbers = np.zeros((len(crops), 100))
        rows = usable_crops(crops)
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            pixels = resize_crops([crops[row] for row in part], _HEIGHT, _WIDTH)
            planes = pixels.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1.0
            steps = self._model.run({self._model.inputs[0].name: planes})[0]
            if steps.ndim != 3 or len(steps) != len(part) or steps.shape[2] <= self._classes.max():
                raise ModelError(f"{self.name} answers {steps.shape}, not a line of probabilities")
            numbers[part] = number_probabilities(steps[:, :, self._classes])
        return numbers
