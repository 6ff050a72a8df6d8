import os
import signal
from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers")
pytest.importorskip("sacremoses")

from litsweep.models.tokenization import PromptTokenizer  # noqa: E402
from litsweep.models.tokenizer_workers import (  # noqa: E402
    PooledTokenizer,
    open_prompt_tokenizer,
)

PROMPTS = [
    f"Patient {i} (p < 0.0{i}) didn't respond to 5'-azacytidine. No. {i}." for i in range(99)
]


@pytest.fixture
def real(tokenizers_dir: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(tokenizers_dir / "biogpt")


def test_workers_give_the_ids_of_this_process_until_one_dies(
    real: Any, tokenizers_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected = PromptTokenizer(real, is_chat=False).encode_many(PROMPTS)
    pooled = open_prompt_tokenizer(real, tokenizers_dir / "biogpt", is_chat=False, n_workers=1)
    assert isinstance(pooled, PooledTokenizer)
    assert pooled.encode_many(PROMPTS) == expected
    assert pooled._pool is not None
    (worker,) = pooled._pool._processes.values()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    assert pooled.encode_many(PROMPTS) == expected
    assert "worker died" in caplog.text
    assert pooled._pool is None, "no more is asked of them"
    assert pooled.encode_many(PROMPTS) == expected


def test_closing_ends_the_workers_and_encoding_goes_on(real: Any, tokenizers_dir: Path) -> None:
    pooled = open_prompt_tokenizer(real, tokenizers_dir / "biogpt", is_chat=False, n_workers=1)
    assert isinstance(pooled, PooledTokenizer)
    pool = pooled._pool
    assert pool is not None
    pooled.encode_many(PROMPTS)
    workers = list(pool._processes.values())
    pooled.close()
    assert [worker.exitcode for worker in workers] == [0]
    pooled.close()
    assert pooled.encode_many(PROMPTS[:2]) == PromptTokenizer(real, is_chat=False).encode_many(
        PROMPTS[:2]
    )


def test_workers_that_cannot_open_the_tokenizer_cost_nothing_but_time(
    real: Any, tmp_path: Path
) -> None:
    pooled = open_prompt_tokenizer(real, tmp_path, is_chat=False, n_workers=1)
    expected = PromptTokenizer(real, is_chat=False).encode_many(PROMPTS)
    assert pooled.encode_many(PROMPTS) == expected


def test_without_workers_nothing_is_started(real: Any, tokenizers_dir: Path) -> None:
    folder = tokenizers_dir / "biogpt"
    assert type(open_prompt_tokenizer(real, folder, is_chat=False, n_workers=0)) is PromptTokenizer
    # A GGUF file is no folder of a tokenizer's files.
    file = folder / "vocab.json"
    assert type(open_prompt_tokenizer(real, file, is_chat=False, n_workers=2)) is PromptTokenizer
