"""The formats that newsbeam reads. A new format is a module and a line here (docs/adding-a-format.md).

Its name also goes into `common/formats.py`: a config is checked without loading the parsers.
"""

from newsbeam.transforms.parse import feeds, jsonfeed, text
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.wire import anpa, digitalwires, iptc7901, newsml1, newsmlg2, ninjs, nitf

FORMATS: tuple[Format, ...] = (
    anpa.FORMAT,
    iptc7901.FORMAT,
    digitalwires.FORMAT,
    ninjs.FORMAT,
    jsonfeed.FORMAT,  # all other JSON
    text.FORMAT,  # text that does not begin with markup, unless it comes from a server: that is an error message
    newsmlg2.FORMAT,
    newsml1.FORMAT,
    nitf.FORMAT,
    feeds.FORMAT,  # all other markup
)
"""In the order in which `sniff` asks them: specific formats first, the fallback of a syntax after them."""
BY_NAME = {each.name: each for each in FORMATS}
