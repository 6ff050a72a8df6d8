import hashlib
from pathlib import Path

import pytest

from litsweep.errors import WeightsRefused
from litsweep.models.weights import has_pickle, hash_weights, list_weights


def test_hash_of_one_file_is_what_sha256sum_prints(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    assert hash_weights([path]) == hashlib.sha256(b"weights").hexdigest()


def test_hash_of_shards_covers_names_and_contents_and_not_the_order(tmp_path: Path) -> None:
    first, second = tmp_path / "model-1.safetensors", tmp_path / "model-2.safetensors"
    first.write_bytes(b"a")
    second.write_bytes(b"b")
    listing = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in (first, second)
    )
    assert hash_weights([second, first]) == hashlib.sha256(listing.encode()).hexdigest()
    first.write_bytes(b"b")
    second.write_bytes(b"a")
    assert hash_weights([first, second]) != hashlib.sha256(listing.encode()).hexdigest()


def test_unreadable_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match=r"gone\.safetensors cannot be read"):
        hash_weights([tmp_path / "gone.safetensors"])


def test_only_model_files_count_as_weights(tmp_path: Path) -> None:
    for name in ("model-00002-of-2.safetensors", "model-00001-of-2.safetensors", "x.safetensors"):
        (tmp_path / name).touch()
    assert [path.name for path in list_weights(tmp_path)] == [
        "model-00001-of-2.safetensors",
        "model-00002-of-2.safetensors",
    ]
    assert not has_pickle(tmp_path)
    (tmp_path / "pytorch_model.bin").touch()
    assert has_pickle(tmp_path)
