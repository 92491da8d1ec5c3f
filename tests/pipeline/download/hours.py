"""Hours as the server has them, and what a download of one may leave behind."""

import gzip
import io
import random
import tarfile

DAY = "2018-06-04"


def packed(rows, seed=0):
    """An hour as it is published, of random rows that gzip cannot pack much."""
    draw = random.Random(seed)
    lines = (b"%d,%06x\n" % (draw.getrandbits(30), draw.getrandbits(24)) for _ in range(rows))
    inner = gzip.compress(b"time,icao24\n" + b"".join(lines), mtime=0)
    return tar_of(f"states_{DAY}-00.csv.gz", inner)


def tar_of(member, data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(member)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


BODY = packed(40_000)
assert len(BODY) > 300_000


def name(hour, day=DAY):
    return f"states_{day}-{hour:02d}.csv.tar"


def path(hour, day=DAY):
    return f"/{day}/{hour:02d}/{name(hour, day)}"


def ranges(server):
    return [wanted for _, wanted, *_ in server.seen]


def files(folder):
    return sorted(file.name for file in folder.iterdir())


def is_whole(outcome, folder, body=BODY):
    """Nothing but the file and the list lies in the folder, and the file is that of the server."""
    assert (outcome.status, outcome.reason) == ("fetched", "")
    assert files(folder) == ["download.jsonl", outcome.hour.name]
    return (folder / outcome.hour.name).read_bytes() == body


def is_nowhere(outcome, folder):
    """The file failed, and no reader can take anything for it."""
    assert outcome.status == "failed"
    return not (folder / outcome.hour.name).exists() and not (folder / "download.jsonl").exists()
