"""Whose text a paragraph is: the agency that its entry, or that of a copy, credits; else the source that had it first.

The agency's credit beats the clock: a newspaper that is fast, or dates its copy back, is not the origin of what the
agency has in the output, or of what another newspaper credits to the agency.

    group    a canonical paragraph and its copies, by the hash of its id
    agency   of a group: that of the agency's own row; else the first that a row of the group claims; else one that
             helped the author of a row, if several sources print the text
    origin   the agency's own row; without an agency the earliest row; of an update what it updates; none in one's own
             source
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from newsbeam.transforms.dedup.relations.light import (
    CODE,
    CONTAINED,
    EXACT,
    HASH_BYTES,
    KIND,
    LONGER,
    NEAR,
    QUOTED,
    UPDATE,
    id_at,
    id_hash,
)
from newsbeam.transforms.records import CopyKind, KnownStory

_COPIES = (EXACT, NEAR, CONTAINED)
_UPDATES = (UPDATE, LONGER)


class Origin(NamedTuple):
    """Whose text a paragraph is: the columns of its row."""

    agency: str = ""
    origin_paragraph: str = ""
    copy_kind: CopyKind | None = None


class _Row(NamedTuple):
    """A paragraph of a group."""

    known: KnownStory
    place: int

    @property
    def fingerprint(self) -> bytes:
        return self.known.prints[self.place * HASH_BYTES : (self.place + 1) * HASH_BYTES]

    @property
    def kind(self) -> int:
        return self.known.kinds[self.place]

    @property
    def names(self) -> bytes:
        """Return the hash of the paragraph that it is a copy or an update of, or its own."""
        return self.known.groups[self.place * HASH_BYTES : (self.place + 1) * HASH_BYTES]


@dataclass(slots=True)
class _Group:
    """A canonical paragraph and its copies. The origin is a row, or the id of one that only an earlier run knew."""

    first: _Row
    agency: str = ""
    helper: str = ""
    original: _Row | str = ""
    is_shared: bool = False


class OriginIndex:
    """The groups of a window; one with a single row costs one entry of a dictionary."""

    def __init__(self) -> None:
        self._single: dict[bytes, _Row] = {}
        self._groups: dict[bytes, _Group] = {}

    def add(self, known: KnownStory) -> None:
        """Add the paragraphs of a story."""
        for row in _rows(known):
            kind = row.kind & KIND
            key = row.names if kind not in _UPDATES else id_hash(id_at(known, row.place))
            if key not in self._single:
                self._single[key] = row
                if kind in _UPDATES:
                    self._inherit(key, row)
                elif known.origin and known.agency:
                    self._group(key).original = known.origin
            else:
                group = self._group(key)
                if kind not in _COPIES:
                    group.first = self._single[key] = row  # canonical, however late it is known
                _join(group, row)

    def first_of(self, group: bytes) -> KnownStory | None:
        """Return the story of the first row of a group."""
        found = self._single.get(group)
        return found.known if found else None

    def of(self, known: KnownStory) -> Iterator[Origin]:
        """Yield whose text each paragraph of a story is."""
        for place, kind in enumerate(known.kinds):
            yield Origin(known.agency) if kind & CODE else self._of(_Row(known, place))

    def _of(self, row: _Row) -> Origin:
        known = row.known
        # A row that is canonical in its first story is in its own group with whatever came later.
        group = self._groups.get(row.names) or _Group(self._single.get(row.names, row))
        if known.is_agency:
            return Origin(known.agency)
        agency = group.agency or known.agency or group.first.known.agency
        if not agency and group.is_shared:
            agency = group.helper
        if group.original:
            original = group.original
        elif group.first.known.is_agency:
            original = group.first
        else:
            original = "" if agency else group.first
        if isinstance(original, str):
            return Origin(agency, original, _copy_kind(row, None) if original else None)
        if original.known.source == known.source:
            return Origin(agency)
        return Origin(agency, id_at(original.known, original.place), _copy_kind(row, original))

    def _group(self, key: bytes) -> _Group:
        group = self._groups.get(key)
        if group is None:
            first = self._single[key]
            group = self._groups[key] = _Group(first)
            _join(group, first)
        return group

    def _inherit(self, key: bytes, row: _Row) -> None:
        """Give an update what is known of the text that it updates; an agency that adds to it is the origin of both."""
        parent = self._groups.get(row.names) or self._single.get(row.names)
        if parent is None:
            return
        if row.known.is_agency:
            if row.kind & KIND == LONGER and not self._group(row.names).original:
                _join(self._group(row.names), row)
            return
        if isinstance(parent, _Group) or parent.known.agency:
            above, group = self._group(row.names), self._group(key)
            group.agency, group.original = above.agency or group.agency, above.original


def _rows(known: KnownStory) -> Iterator[_Row]:
    for place, kind in enumerate(known.kinds):
        if not kind & CODE:
            yield _Row(known, place)


def _join(group: _Group, row: _Row) -> None:
    """Add what a row says of its group."""
    known = row.known
    if known.is_agency and (not isinstance(group.original, _Row)):
        group.original, group.agency = row, known.agency
    group.agency = group.agency or known.agency
    group.helper = group.helper or next(iter(known.helpers), "")
    group.is_shared = group.is_shared or known.source != group.first.known.source


def _copy_kind(row: _Row, original: _Row | None) -> CopyKind:
    kind, other = row.kind & KIND, original.kind & KIND if original else EXACT
    if row.kind & QUOTED and not (original and original.kind & QUOTED):
        return "quoted"
    if original and row.fingerprint == original.fingerprint:
        return "verbatim"
    if original is None and kind == EXACT:
        return "verbatim"
    is_shorter = (kind == CONTAINED and other != CONTAINED) or (other == LONGER and kind in (0, EXACT))
    return "abridged" if is_shorter else "edited"
