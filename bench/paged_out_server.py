"""The kit's server with a model that memory is short for: `paged_out_server.py FOLDER --config FILE`.

Its weights are pages of a file in FOLDER, which has to be on a disk. Before each request the kernel is told to take them away,
as it does by itself where others need the memory; the request then touches all of them, and they are read again.
"""

import mmap
import os
import pathlib
import sys
import tempfile

sys.path[0] = str(pathlib.Path(__file__).parents[1] / "containers" / "server")

from infersweep_server import __main__ as server  # noqa: E402
from infersweep_server.adapters import reference  # noqa: E402

WEIGHT_BYTES = 16 << 20
#: <linux/mman.h>, since Linux 5.4; not in Python's mmap before 3.12.
MADV_PAGEOUT = 21


def weights(folder: str) -> mmap.mmap:
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(WEIGHT_BYTES >> 20):
            file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())  # only what lies on the disk already can be taken away at once
        pages = mmap.mmap(file.fileno(), WEIGHT_BYTES, prot=mmap.PROT_READ)
    # Each page by itself: reading ahead would make one fault of many.
    pages.madvise(mmap.MADV_RANDOM)
    return pages


class PagedOut(reference.ReferenceAdapter):
    def __init__(self, folder):
        super().__init__()
        self._weights = weights(folder)

    def infer(self, inputs, outputs):
        self._weights.madvise(MADV_PAGEOUT)
        for at in range(0, WEIGHT_BYTES, mmap.PAGESIZE):
            self._weights[at]
        return super().infer(inputs, outputs)


if __name__ == "__main__":
    folder = sys.argv.pop(1)
    reference.load = lambda path, parameters: PagedOut(folder)
    server.main()
