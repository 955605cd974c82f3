"""Which embedder made some vectors."""

from __future__ import annotations

from dataclasses import dataclass

from touchline.errors import UsageError


@dataclass(frozen=True, slots=True)
class EmbedderFacts:
    """Which embedder made some vectors; vectors of two embedders cannot be compared.

    Args:
        name: "colour", or that of the file.
        sha256: of the file, hex digits; None for the built-in one.
        size: length of the vectors.
    """

    name: str
    sha256: str | None
    size: int

    def require_same(self, other: EmbedderFacts, what: str, other_what: str) -> None:
        """Raises UsageError unless both are one embedder; a renamed file is the same one.

        Args:
            other: the one to compare with.
            what: what this one made, as it begins a message.
            other_what: what the other one made.
        """
        same_file = (self.sha256, self.size) == (other.sha256, other.size)
        if same_file and (self.sha256 is not None or self.name == other.name):
            return
        raise UsageError(
            f"{other_what} has embeddings by {other}, {what} by {self}: vectors of two embedders "
            "cannot be compared; track the clip with the same one (touchline track --reid), or use "
            "another gallery"
        )

    def __str__(self) -> str:
        digest = "" if self.sha256 is None else f" ({self.sha256[:8]})"
        return f"{self.name}{digest}, {self.size} numbers"
