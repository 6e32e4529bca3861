"""Takes out of a description what the model, asked of each claim by itself, does not hold to be true.

Source: RLAIF-V, arXiv 2405.17220, section 3: an answer is divided into claims, and each is turned into a question that
the model answers with yes or no. There it makes training data; here it mends the very description.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.descriptions import sentences
from engine.messages import Claim, Thing


@dataclass(frozen=True)
class Said:
    """What a model said of a picture: prose, tags and things.

    `doubted`: what it does not stand by. That is left out, but for a caption of which nothing would be left.
    """

    caption: str
    tags: tuple[str, ...] = ()
    things: tuple[Thing, ...] = ()
    doubted: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Whether the caption is one that it does not stand by."""
        return bool(self.caption) and set(sentences(self.caption)) <= set(self.doubted)


def held(said: Said, claims: Sequence[Claim]) -> Said:
    """What of it the model stands by."""
    doubted = tuple(claim.text for claim in claims if not claim.is_held)
    caption = said.caption
    for sentence in sentences(caption):
        if sentence in doubted:
            caption = " ".join(caption.replace(sentence, "").split())
    return Said(
        caption=caption or said.caption,
        tags=tuple(tag for tag in said.tags if tag not in doubted),
        things=tuple(thing for thing in said.things if thing.name not in doubted),
        doubted=doubted,
    )
