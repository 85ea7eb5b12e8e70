"""The words by which entries of one event are recognised, as hashes: a file format.

The words of the title and of the first paragraphs, without common ones, in a light stem. They are written to `entries/`
and compared with those of later runs, so neither the hash nor the choice of words depends on a library:

    byte 0        the format, STORY_KEY_FORMAT
    6 bytes each  CRC-32 (ISO-HDLC) of the stem in UTF-8, little-endian; the weight: two for each time in the title, one
                  and a half for one with a capital, else one, in halves, at most 255; the paragraph in which it is
                  first, TITLE for the title

A change of anything here is a new format; keys of another format match nothing. Tests have golden values.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice, pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.records import Paragraph

STORY_KEY_FORMAT = 1
MAX_KEYS = 64
TITLE = 255
_WORDS = 120  # of the text
_CHARACTERS = 4_000  # of a paragraph that are read
_PARAGRAPHS = 40
_IN_TITLE, _CAPITAL, _PLAIN = 4, 3, 2  # halves
_MARK = bytes((STORY_KEY_FORMAT,))
_KEY = np.dtype([("key", "<u4"), ("weight", "u1"), ("place", "u1")])
_LONGEST = 40  # characters of a word
_MIN_STEM = 4


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WIDE = "\u0e01-\u0e5b\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_WIDE}]+|[^\W_{_WIDE}]+(?:['’.&-][^\W_{_WIDE}]+){{0,4}}")
_IS_WIDE = re.compile(f"[{_WIDE}]").match
_COMMON = _words(
    """
    a about after all also an and any are as at be been before but by can could did do during each first for from
    had has have he her him his how if in into is it its just last like made make many may more most my new no not
    now of off on one only or other our out over own per said same say says saying she should since so some such
    than that the their them then there these they this those through to told too two under until up very was we
    were what when where which while who will with would year years you your today week month day days monday
    tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december mr mrs ms der die das den dem des ein eine einen einem einer und oder aber nicht auch
    auf aus bei bis durch für gegen im ist mit nach noch nur ob seit sich sie sind über um unter von vor war waren
    wie wird wurde wurden zu zum zur hat haben sagte er es wir ich am als dass mehr montag dienstag mittwoch
    donnerstag freitag samstag sonntag le la les un une du de et ou mais pas ne que qui dans pour par sur avec sans
    est sont été ont il elle ils elles ce cette ces se son sa ses leur plus au aux en y dit lundi mardi mercredi
    jeudi vendredi samedi dimanche el los las una unos o pero por para con sin fue ha han su sus lo más como al del
    dijo este esta lunes martes miércoles jueves viernes sábado domingo os uma e mas não em na nos nas da dos ao à
    pelo pela com sem foi são seu sua disse segunda terça quarta quinta sexta и в во не что он на я с со как а то
    все она так его но да ты к у же вы за бы по только ее мне было вот от меня о из ему для это они при года год
    сказал في من على إلى عن أن إن كان هذا هذه التي الذي قال مع لا ما بعد قبل بين و أو
    """
)


def story_keys(title: str, paragraphs: Iterable[Paragraph]) -> bytes:
    """Return the keys of an entry, the weightiest first; b"" if it has no words."""
    weights: Counter[str] = Counter()
    places: dict[str, int] = {}
    for place, stem, weight in chain(_of_title(title), islice(_of_text(paragraphs), _WORDS)):
        weights[stem] += weight
        places.setdefault(stem, place)
    # By weight, then by the stem itself: which keys are kept must not depend on the order of a dict.
    kept = sorted((stem for stem in weights if _is_telling(stem)), key=lambda stem: (-weights[stem], stem))[:MAX_KEYS]
    # Reversed twice: of two stems with one hash the weightier one stays.
    rows = {crc32(stem.encode("utf-8", "surrogatepass")): stem for stem in reversed(kept)}
    packed = b"".join(
        key.to_bytes(4, "little") + bytes((min(255, weights[stem]), places[stem]))
        for key, stem in reversed(rows.items())
    )
    return _MARK + packed if packed else b""


def _of_title(title: str) -> Iterator[tuple[int, str, int]]:
    for word in words_of(title):
        yield TITLE, _stem(word), _IN_TITLE


def _of_text(paragraphs: Iterable[Paragraph]) -> Iterator[tuple[int, str, int]]:
    for place, paragraph in enumerate(islice(paragraphs, _PARAGRAPHS)):
        for word in words_of(paragraph.text[:_CHARACTERS]) if paragraph.kind != "code" else ():
            yield place, _stem(word), _CAPITAL if word[0].isupper() else _PLAIN


def words_of(text: str) -> Iterable[str]:
    """Yield the words of a text; pairs of characters where a script has no spaces."""
    for found in _WORD.findall(text):
        if _IS_WIDE(found):
            yield from map("".join, pairwise(found))
        else:
            yield found


def decode_keys(keys: bytes) -> dict[int, int]:
    """Return the hashes with their weights; none of another format."""
    table = _table(keys)
    return dict(zip(table["key"].tolist(), table["weight"].tolist(), strict=True))


def without_paragraphs(keys: bytes, places: Collection[int]) -> bytes:
    """Return the keys without those that are first in some paragraphs."""
    if not places or not keys:
        return keys
    table = _table(keys)
    left = table[~np.isin(table["place"], list(places))]
    return _MARK + left.tobytes() if len(left) else b""


def all_keys(columns: Iterable[bytes]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.intp]]:
    """Return the hashes of many entries in one array, and the number of the entry that each belongs to."""
    parts = [keys[1:] if keys[:1] == _MARK else b"" for keys in columns]
    owners = np.repeat(np.arange(len(parts)), [len(part) // _KEY.itemsize for part in parts])
    return np.frombuffer(b"".join(parts), _KEY)["key"], owners


def _table(keys: bytes) -> npt.NDArray[np.void]:
    return np.frombuffer(keys[1:] if keys[:1] == _MARK else b"", _KEY)


def _stem(word: str) -> str:
    stem = word[:_LONGEST].casefold().replace("’", "'").removesuffix("'s")
    # Plural only: a library's stemmer would change the format with its releases.
    return stem[:-1] if len(stem) > _MIN_STEM and stem.endswith("s") and not stem.endswith("ss") else stem


def _is_telling(stem: str) -> bool:
    return len(stem) > 1 and stem not in _COMMON and not stem[0].isdigit()
