"""Elements of GroupConnected are bounded, whatever the records: an engine can sort only what fits its buffer."""

import numpy as np

from newsbeam.transforms.dedup import group_connected
from newsbeam.transforms.dedup.connected import KeyArrays
from newsbeam.transforms.dedup.group_connected import PACKED_LINKS, _ConnectFn, _IdentifyFn, _links, keys_of
from newsbeam.transforms.runtime.packing import PACK_SIZE, Pack


def packs(elements):
    """Return the numbers of records in the packs of elements, tagged or not."""
    pairs = [getattr(each, "value", each) for each in elements]
    return [len(value.items) for _, value in pairs if isinstance(value, Pack)]


def test_thousands_of_equal_records_are_many_elements():
    identify = _IdentifyFn(lambda _: keys_of(1, 2, 3))
    identify.start_bundle()
    emitted = [each for number in range(10 * PACK_SIZE) for each in identify.process(number)]
    emitted += [each.value for each in identify.finish_bundle()]
    assert packs(emitted) == [PACK_SIZE] * 10


def test_thousands_of_connected_records_are_many_elements():
    label = np.array([1], np.uint64).tobytes()
    shard = [Pack(list(range(10 * PACK_SIZE))), group_connected.Labels(label, label)]
    emitted = _ConnectFn(lambda _: keys_of(1)).process(("0000", shard))
    assert packs(emitted) == [PACK_SIZE] * 10


def test_links_are_split():
    number = 2 * PACKED_LINKS + 1
    nodes = np.arange(number + 1, dtype=np.uint64)
    shared = KeyArrays(np.zeros(number + 1, np.uint64).tobytes(), nodes.tobytes(), known=False)
    sizes = [len(left) // 8 for _, (left, _) in _links(("0000", [shared]))]
    assert sizes == [PACKED_LINKS, PACKED_LINKS, 1]
