import gzip
import io
import tarfile

import pytest

from data_schemas.errors import InputError
from tracks.raw import hour_files, hour_name
from tracks.raw.text_blocks import text_blocks

CSV = b"time,icao24\n1,abcdef\n"


def csv_text(file, block_bytes=1 << 20):
    return b"".join(block.text[: block.end].tobytes() for block in text_blocks(file, block_bytes))


def tar_of(path, members):
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def write(path, data):
    path.write_bytes(data)
    return path


def test_every_container_gives_the_same_text(tmp_path):
    zipped = gzip.compress(CSV)
    files = [
        write(tmp_path / "h.csv", CSV),
        write(tmp_path / "h.csv.gz", zipped),
        write(tmp_path / "two.csv.gz", gzip.compress(CSV[:5]) + gzip.compress(CSV[5:])),
        tar_of(tmp_path / "a.csv.tar", {"states.csv": CSV}),
        tar_of(tmp_path / "b.csv.tar", {"states.csv.gz": zipped}),
        tar_of(tmp_path / "c.csv.tar", {"README.txt": b"read me", "h/states.csv.gz": zipped}),
    ]
    assert [csv_text(file) for file in files] == [CSV] * len(files)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "found no file"),
        ({"README.txt": b"x"}, "found no file"),
        ({"a.csv": CSV, "b.csv": CSV}, "found a.csv, b.csv"),
        ({"a.avro": CSV}, "found a.avro"),
        ({"a.csv.gz": gzip.compress(CSV * 99)[:-9]}, "gzip"),
    ],
)
def test_other_archives_are_refused(tmp_path, members, said):
    file = tar_of(tmp_path / "h.csv.tar", members)
    with pytest.raises(InputError, match=said) as caught:
        csv_text(file)
    assert caught.value.where == str(file)


def test_cut_archive_is_refused(tmp_path):
    whole = tar_of(tmp_path / "h.csv.tar", {"a.csv": CSV * 1000}).read_bytes()
    for size in (100, 700, 5000):
        file = write(tmp_path / "cut.csv.tar", whole[:size])
        with pytest.raises(InputError, match=r"cut\.csv\.tar"):
            csv_text(file)


@pytest.mark.parametrize("cut", [1, 5, 12, 30])
def test_cut_gzip_is_refused(tmp_path, cut):
    file = write(tmp_path / "h.csv.gz", gzip.compress(CSV * 50)[:-cut])
    with pytest.raises(InputError, match="truncated or damaged gzip"):
        csv_text(file)


def test_bent_gzip_is_refused(tmp_path):
    data = bytearray(gzip.compress(CSV * 50))
    data[-6] ^= 0xFF  # the checksum
    with pytest.raises(InputError, match="truncated or damaged gzip"):
        csv_text(write(tmp_path / "h.csv.gz", bytes(data)))


@pytest.mark.parametrize("name", ["h.csv", "h.csv.gz", "h.csv.tar"])
def test_empty_file_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="the file is empty"):
        csv_text(write(tmp_path / name, b""))


def test_blank_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no text"):
        csv_text(write(tmp_path / "h.csv", b"\n \n"))


def test_hours_of_a_folder_are_sorted_and_other_files_ignored(tmp_path):
    names = ["b.csv.gz", "a.csv.tar", "c.parquet", "d.avro", "e.csv"]
    for name in [*names, "notes.txt", "h.json", ".hidden.csv", ".csv", "ledger.jsonl"]:
        write(tmp_path / name, b"x")
    (tmp_path / "folder.csv").mkdir()
    files = hour_files([tmp_path])
    assert [file.name for file in files] == sorted(names)
    assert [hour_name(file) for file in files] == list("abcde")
    assert hour_files([tmp_path / "e.csv", tmp_path / "a.csv.tar"]) == [
        tmp_path / "a.csv.tar",
        tmp_path / "e.csv",
    ]


def test_hours_of_subfolders_count_but_not_of_hidden_ones(tmp_path):
    for folder in ("0001", "0002", ".snapshot"):
        (tmp_path / "raw" / folder).mkdir(parents=True)
        write(tmp_path / "raw" / folder / f"h{folder[-1]}.parquet", b"x")
    assert [file.parent.name for file in hour_files([tmp_path / "raw"])] == ["0001", "0002"]


def test_missing_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="no raw hour files"):
        hour_files([tmp_path])
    with pytest.raises(InputError, match="no such file or folder"):
        hour_files([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="not the name of a raw hour file"):
        hour_files([write(tmp_path / "notes.txt", b"x")])
