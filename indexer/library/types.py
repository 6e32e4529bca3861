"""The values the library takes and gives: frozen, with ids that cannot be mistaken for one another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

PhotoId = NewType("PhotoId", int)
FolderId = NewType("FolderId", int)
JobId = NewType("JobId", int)


class Kind(StrEnum):
    """What sort of picture a photo is; UNKNOWN where nobody has looked or the looker was not sure."""

    PHOTO = "photo"  # a scene, people, animals, things
    RECEIPT = "receipt"
    DOCUMENT = "document"
    NOTE = "note"
    TICKET = "ticket"
    SIGN = "sign"
    POSTER = "poster"
    SCREENSHOT = "screenshot"
    UNKNOWN = ""


class Stage(StrEnum):
    """The passes over a photo, in their order."""

    FACTS = "facts"  # date, place, camera, thumbnail: seconds for a folder
    READ = "read"  # text in the picture, by the text reader
    LOOK = "look"  # caption, tags and kind, by the model, in as many views as the photo needs
    CLOSE = "close"  # the same in all views: only of photos for which a person asked
    WRITE = "write"  # what is known goes into a file beside the photo: only where a person chose that


VIDEO_FORMATS = frozenset({"MP4", "MOV", "MKV", "WEBM", "AVI", "MTS"})
FOLLOWING = (Stage.READ, Stage.LOOK)  # what every photo goes through once its facts are known


class FolderState(StrEnum):
    """Whether a folder can be seen right now; OFFLINE forgets nothing."""

    PRESENT = "present"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Folder:
    """A folder the person chose; everything below it is watched."""

    id: FolderId
    path: str
    state: FolderState
    photos: int


@dataclass(frozen=True)
class Place:
    """A place on the map with its names in English and its ISO 3166 country code."""

    city: str
    region: str
    country_code: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Facts:
    """What the file itself says, without looking: sizes upright, times as the camera's clock showed them."""

    width: int
    height: int
    format: str
    taken_at: datetime | None = None
    taken_at_source: str = ""  # exif, gps, xmp, name or mtime
    latitude: float | None = None
    longitude: float | None = None
    place: Place | None = None
    camera: str = ""
    lens: str = ""
    utc_offset: int | None = None  # of the camera's clock, in minutes
    look: int | None = None  # 64 bits, in which photos that look alike hardly differ (indexer.likeness)


@dataclass(frozen=True)
class Written:
    """What people wrote about a photo. `rating`: 1 to 5 stars, -1 where it was rejected, 0 where nobody said."""

    title: str = ""
    caption: str = ""
    keywords: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    rating: int = 0

    def over(self, other: Written) -> Written:
        """Both together; where both say one thing, it is this one's."""
        return Written(
            title=self.title or other.title,
            caption=self.caption or other.caption,
            keywords=tuple(dict.fromkeys((*self.keywords, *other.keywords))),
            people=tuple(dict.fromkeys((*self.people, *other.people))),
            rating=self.rating or other.rating,
        )


Box = tuple[float, float, float, float]  # left, top, right, bottom as fractions of width and height


@dataclass(frozen=True)
class Line:
    """A line of text read in a photo."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class Description:
    """What a model saw in a photo, with its provenance."""

    caption: str
    tags: tuple[str, ...]
    kind: Kind
    colour: str
    text: str
    confidence: float  # probability of `kind`
    language: str
    model: str
    prompt_version: int
    views: int
    seconds: float
    created_at: datetime
    all_views: int = 0  # into how many the model's rule would have cut it
    views_reason: str = ""  # what the views were spent on (engine.budget.Reason); empty where nothing was weighed
    fault: str = ""  # what is wrong with the caption (indexer.checks.Fault); empty where nothing is
    doubted: tuple[str, ...] = ()  # what the model said and did not stand by (indexer.claims)


@dataclass(frozen=True)
class PhotoRow:
    """What a grid needs of one photo."""

    id: PhotoId
    path: str  # of one file that holds it, absolute
    taken_at: datetime | None
    kind: Kind
    has_text: bool
    width: int
    height: int
    format: str = ""

    @property
    def is_video(self) -> bool:
        return self.format in VIDEO_FORMATS


@dataclass(frozen=True)
class Failure:
    """A file, what was tried with it, and one sentence on why that came to nothing."""

    path: str
    stage: str  # a Stage, or "scan" where the file could not even be read
    reason: str


@dataclass(frozen=True)
class Job:
    """One stage of one photo, claimed by a worker."""

    id: JobId
    photo: PhotoId
    stage: Stage
    attempts: int  # this one included


@dataclass(frozen=True)
class Photo:
    """Everything known about one photo. `paths`: every file with this content. `unread`: lines nobody could read."""

    id: PhotoId
    paths: tuple[str, ...]
    facts: Facts
    description: Description | None
    lines: tuple[Line, ...]
    failures: tuple[str, ...]
    unread: tuple[Box, ...] = ()
    awaits_close_look: bool = False
    written: Written = Written()  # by anybody
    own: Written = Written()  # of that, what the person wrote here

    @property
    def text(self) -> str:
        """The lines that the text reader read, one under the other; what the model read where that found none."""
        return "\n".join(line.text for line in self.lines) or (self.description.text if self.description else "")


# ---- searching


@dataclass(frozen=True)
class Term:
    """One thing asked for: the word as typed and the other words that mean it. Quoted text is taken literally."""

    text: str
    alternatives: tuple[str, ...] = ()
    quoted: bool = False
    field: str = ""  # where alone it may stand: caption or text; empty for anywhere
    either: tuple[Term, ...] = ()  # that will do instead


class Grouping(StrEnum):
    """What photos are counted by."""

    YEAR = "year"
    MONTH = "month"  # of a year
    DAY = "day"
    CITY = "city"
    COUNTRY = "country"
    CAMERA = "camera"


@dataclass(frozen=True)
class Group:
    """The photos that have one year, or one city and so on, in common: what that is as stored, and how many."""

    by: Grouping
    name: str
    photos: int


@dataclass(frozen=True)
class Query:
    """A question as a search: every field narrows; the empty query means every photo."""

    terms: tuple[Term, ...] = ()
    taken_from: date | None = None
    taken_to: date | None = None  # inclusive
    country_codes: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()  # English names, as in Place
    kinds: tuple[Kind, ...] = ()
    kind_words: tuple[Term, ...] = ()  # what the kinds were called: searched for where no photo found is of them
    paths: tuple[str, ...] = ()  # parts of the files' paths
    cameras: tuple[str, ...] = ()  # normalised words of the names of cameras or lenses, one of which took it
    stars: int = 0  # that people gave it, at least
    group: Group | None = None
    without: tuple[Query, ...] = ()  # each is what must not be true of a photo
    folder: FolderId | None = None


@dataclass(frozen=True)
class Chat:
    """A question, and the answer with the photos it cites. `about`: the one photo asked about, if it was one."""

    key: str
    asked_at: datetime
    question: str
    answer: str
    about: PhotoId | None = None
    photos: tuple[PhotoId, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A photo found: `score` is higher for better, comparable within one search only."""

    photo: PhotoId
    path: str
    caption: str
    text: str
    taken_at: datetime | None
    place: Place | None
    kind: Kind
    score: float
