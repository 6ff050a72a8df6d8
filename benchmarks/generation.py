"""How fast abstracts are continued on one CPU thread: engines side by side, in one run.

Run ``python -m benchmarks.generation [FOLDER] [N_PROMPTS] [N_NEW] [N_ROUNDS]``. Prompts are as long
as titles with abstracts of the PubMed records in FOLDER (default: the packaged sample), a fixed
sample of them, and made of random tokens; the model has BioGPT's shape and random weights. Each
way runs in a process of its own, in turn, ``N_ROUNDS`` times; the slow ones run each prompt in one
of the rounds only. Rates are new tokens a CPU second, ratios are those of one round, both medians.

Limits: on transformers 1.6 times ``generate()`` one by one, on CTranslate2 2.8 times, with
the same text. int8 rounds, so that its texts are others.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.made_records import HEAD, TAIL, read_records
from litsweep.domain.generations import Completion, SamplingParams
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data

N_PROMPTS = 12
N_NEW = 64
N_ROUNDS = 2
BATCH_SIZE = 8
"""The default of the setting."""
NAIVE, PIPELINE = "generate(), one by one", "pipeline, greedy"
PLAIN, OURS = "ours, PyTorch's own kernels", "ours on transformers"
CT2, CT2_INT8 = "ours on CTranslate2", "ours on CTranslate2, int8"
SLOW = (NAIVE, PIPELINE)
_TOKENS_PER_WORD = 1.385
"""BioGPT's tokens a word (200 titles with abstracts, microsoft/biogpt's tokenizer)."""
_LONGEST = 700
Write = Callable[[list[str]], list[str]]
Usage = dict[str, Any]


def main() -> None:
    """Measure and print the table."""
    if sys.argv[1:2] == ["--way"]:
        _answer(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
        return
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_data()
    n_prompts, n_new, n_rounds = (
        int(sys.argv[2 + i]) if len(sys.argv) > 2 + i else default
        for i, default in enumerate((N_PROMPTS, N_NEW, N_ROUNDS))
    )
    lengths = sample_lengths(folder, n_prompts)
    print(
        f"{n_prompts} prompts of {min(lengths)} to {max(lengths)} tokens (median "
        f"{median(lengths):.0f}), {n_new} new ones each, one thread, batches of {BATCH_SIZE}"
    )
    with tempfile.TemporaryDirectory() as name:
        checkpoint = Path(name)
        _in_a_process("--make", checkpoint, 0, [])
        ways = {way: _obstacle(way, checkpoint) for way in WAYS}
        prompts = _read_prompts(checkpoint, lengths)
        rounds = [
            {
                way: _in_a_process(way, checkpoint, n_new, _share(way, prompts, turn, n_rounds))
                for way, obstacle in ways.items()
                if obstacle is None
            }
            for turn in range(n_rounds)
        ]
    _print(rounds)
    for way, obstacle in ways.items():
        if obstacle is not None:
            print(f"{way:30}{obstacle}")


def sample_lengths(folder: Path, n_prompts: int) -> list[int]:
    """Return the lengths of a fixed sample of titles with abstracts in ``folder``, in tokens."""
    data = HEAD + b"\n".join(read_records(folder)) + TAIL
    lengths = sorted(
        round(n_words * _TOKENS_PER_WORD)
        for one in parse_record_set(data).records
        if one.record.abstract
        and (n_words := len(f"{one.record.title} {_abstract(one.record)}".split())) > 40
    )
    fitting = [length for length in lengths if length <= _LONGEST]
    if not fitting:
        sys.exit(f"No PubMed records with abstracts in {folder}.")
    return sorted(Random(4).choices(fitting, k=n_prompts))


def _abstract(record: Any) -> str:
    return " ".join(part.text for part in record.abstract)


def _share(way: str, prompts: Sequence[str], turn: int, n_rounds: int) -> list[str]:
    # Sorted by length, so that each share holds short and long ones.
    return list(prompts[turn::n_rounds] if way in SLOW else prompts)


def _read_prompts(checkpoint: Path, lengths: Sequence[int]) -> list[str]:
    from transformers import AutoConfig

    from benchmarks.made_models import make_prompts

    return make_prompts(AutoConfig.from_pretrained(checkpoint), lengths)


def _obstacle(way: str, checkpoint: Path) -> str | None:
    """Return why this way cannot be run here, or None."""
    if way not in (CT2, CT2_INT8):
        return None
    for module in ("ctranslate2", "litsweep.models.ctranslate2_runner"):
        if find_spec(module) is None:
            return f"not run: {module} is not installed"
    conversion = import_module("litsweep.models.ctranslate2_conversion")
    if conversion.find_converted(checkpoint) is None:
        conversion.convert_for_ctranslate2(checkpoint)
    return None


def _in_a_process(way: str, checkpoint: Path, n_new: int, prompts: list[str]) -> Usage:
    command = [sys.executable, "-m", "benchmarks.generation", "--way", way]
    done = subprocess.run(
        [*command, str(checkpoint), str(n_new)],
        input=json.dumps(prompts),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )
    usage: Usage = json.loads(done.stdout.splitlines()[-1])
    return usage


def _answer(way: str, checkpoint: Path, n_new: int) -> None:
    """Run one way, in this process; print what it used and wrote."""
    if way == "--make":
        _save_model(checkpoint)
        print("{}")
        return
    prompts = json.load(sys.stdin)
    write = WAYS[way](checkpoint, n_new)
    write([" ".join(prompts[0].split()[:8])])  # warm up
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    texts = write(prompts)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    usage = {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mib": peak_mib}
    print(json.dumps(usage | {"texts": dict(zip(prompts, texts, strict=True))}))


def _save_model(checkpoint: Path) -> None:
    import torch

    from benchmarks.made_models import biogpt_config, make_model, number_tokenizer

    config = biogpt_config()
    make_model(config, torch.device("cpu"), torch.float32).save_pretrained(checkpoint)
    number_tokenizer(config).save_pretrained(checkpoint)


def _open(checkpoint: Path) -> tuple[Any, Any]:
    import torch

    from litsweep.models.checkpoints import open_causal

    torch.set_num_threads(1)
    return open_causal(checkpoint, torch.device("cpu"))


def _naive(checkpoint: Path, n_new: int) -> Write:
    import torch

    model, tokenizer = _open(checkpoint)

    def write(prompts: list[str]) -> list[str]:
        texts = []
        for prompt in prompts:
            ids = tokenizer(prompt, return_tensors="pt").input_ids
            with torch.inference_mode():
                output = model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=n_new,
                    do_sample=False,
                    pad_token_id=tokenizer.pad_token_id,
                )
            texts.append(tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True))
        return texts

    return write


def _pipeline(checkpoint: Path, n_new: int) -> Write:
    from transformers import pipeline

    model, tokenizer = _open(checkpoint)
    run: Any = pipeline("text-generation", model=model, tokenizer=tokenizer)

    def write(prompts: list[str]) -> list[str]:
        options = {"max_new_tokens": n_new, "do_sample": False, "return_full_text": False}
        return [one[0]["generated_text"].strip() for one in run(prompts, **options)]

    return write


def _ours(checkpoint: Path, n_new: int, *, packs_weights: bool = True) -> Write:
    from litsweep.models.torch_runner import TransformersRunner

    model, tokenizer = _open(checkpoint)
    return _engine(TransformersRunner(model, packs_weights=packs_weights), tokenizer, n_new)


def _plain(checkpoint: Path, n_new: int) -> Write:
    return _ours(checkpoint, n_new, packs_weights=False)


def _ctranslate2(checkpoint: Path, n_new: int, *, quantization: str = "none") -> Write:
    from transformers import AutoTokenizer

    from litsweep.models.weights import hash_weights, list_weights

    runner = import_module("litsweep.models.ctranslate2_runner").load_runner(
        checkpoint,
        device="cpu",
        quantization=quantization,
        weights_sha256=hash_weights(list_weights(checkpoint)),
    )
    return _engine(runner, AutoTokenizer.from_pretrained(checkpoint), n_new)


def _ctranslate2_int8(checkpoint: Path, n_new: int) -> Write:
    return _ctranslate2(checkpoint, n_new, quantization="int8")


def _engine(runner: Any, tokenizer: Any, n_new: int) -> Write:
    from litsweep.models.batching import BatchingEngine
    from litsweep.models.registry import BIOGPT
    from litsweep.models.tokenization import PromptTokenizer

    engine = BatchingEngine(
        replace(BIOGPT, stop_strings=()),
        runner,
        PromptTokenizer(tokenizer, is_chat=False),
        weights_sha256="",
        batch_size=BATCH_SIZE,
        batch_tokens=None,
        timeout_s=3_600,
    )

    def write(prompts: list[str]) -> list[str]:
        outcomes = engine.generate(prompts, SamplingParams(max_new_tokens=n_new))
        return [one.text if isinstance(one, Completion) else str(one) for one in outcomes]

    return write


WAYS: dict[str, Callable[[Path, int], Write]] = {
    NAIVE: _naive,
    PIPELINE: _pipeline,
    PLAIN: _plain,
    OURS: _ours,
    CT2: _ctranslate2,
    CT2_INT8: _ctranslate2_int8,
}


def _print(rounds: Sequence[dict[str, Usage]]) -> None:
    expected = {prompt: text for turn in rounds for prompt, text in turn[NAIVE]["texts"].items()}
    print(f"{'':30}{'new/CPU s':>10}{'new/s':>8}{'of naive':>10}{'peak MiB':>10}{'same text':>11}")
    for way in rounds[0]:
        rates = [_rate(turn[way], "cpu_s") for turn in rounds]
        walls = [_rate(turn[way], "wall_s") for turn in rounds]
        ratios = [_rate(turn[way], "cpu_s") / _rate(turn[NAIVE], "cpu_s") for turn in rounds]
        texts = [pair for turn in rounds for pair in turn[way]["texts"].items()]
        n_same = sum(expected[prompt] == text for prompt, text in texts)
        peak_mib = max(turn[way]["peak_mib"] for turn in rounds)
        print(
            f"{way:30}{median(rates):10.1f}{median(walls):8.1f}{median(ratios):8.2f} ×"
            f"{peak_mib:10,.0f}{f'{n_same} of {len(texts)}':>11}"
        )


def _rate(usage: Usage, seconds: str) -> float:
    n_new = sum(len(text.split()) for text in usage["texts"].values())
    return float(n_new / usage[seconds])


if __name__ == "__main__":
    main()
