from pathlib import Path
from typing import Any

import pytest

from litsweep.errors import UsageError

torch = pytest.importorskip("torch")

from litsweep.models.checkpoints import open_causal  # noqa: E402
from litsweep.models.folding import fold_layer_scaling, main, write_folded  # noqa: E402

CPU = torch.device("cpu")
PROMPTS = ([5], [812, 20_000, 7, 7, 431], list(range(100, 160)))


def logits(model: Any, ids: list[int]) -> Any:
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0]


def greedy(model: Any, ids: list[int], n: int = 16) -> list[int]:
    written = list(ids)
    for _ in range(n):
        written.append(int(logits(model, written)[-1].argmax()))
    return written[len(ids) :]


@pytest.fixture(scope="module")
def folded_folder(biomedlm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folded(biomedlm_folder, tmp_path_factory.mktemp("folded") / "biomedlm")


def test_folded_model_is_the_unfolded_one(biomedlm_folder: Path, folded_folder: Path) -> None:
    unfolded, _ = open_causal(biomedlm_folder, CPU)
    folded, tokenizer = open_causal(folded_folder, CPU)
    assert unfolded.config.scale_attn_by_inverse_layer_idx
    assert not folded.config.scale_attn_by_inverse_layer_idx
    assert tokenizer.eos_token == "<|endoftext|>"
    for ids in PROMPTS:
        assert greedy(folded, ids) == greedy(unfolded, ids)
        difference = (logits(folded, ids) - logits(unfolded, ids)).abs().max()
        assert difference < 1e-4


def test_leaving_the_flag_out_is_another_model(biomedlm_folder: Path) -> None:
    # What an engine does that ignores the flag: the reason for folding.
    unfolded: Any = open_causal(biomedlm_folder, CPU)[0]
    scaled = [logits(unfolded, ids) for ids in PROMPTS]
    for block in unfolded.transformer.h:
        block.attn.scale_attn_by_inverse_layer_idx = False
        block.attn.scaling = (block.attn.head_dim) ** -0.5
    ignored = [logits(unfolded, ids) for ids in PROMPTS]
    assert max(float((a - b).abs().max()) for a, b in zip(scaled, ignored, strict=True)) > 0.01


def test_only_queries_are_divided_each_by_its_layers_number() -> None:
    weights = {
        "transformer.h.0.attn.c_attn.weight": torch.ones(2, 6),
        "transformer.h.3.attn.c_attn.weight": torch.ones(2, 6),
        "h.3.attn.c_attn.bias": torch.ones(6),
        "transformer.h.3.attn.c_proj.weight": torch.ones(2, 2),
        "transformer.wte.weight": torch.ones(4, 2),
    }
    folded = fold_layer_scaling(weights)
    quarter = [0.25, 0.25, 1, 1, 1, 1]
    assert folded["transformer.h.3.attn.c_attn.weight"].tolist() == [quarter, quarter]
    assert folded["h.3.attn.c_attn.bias"].tolist() == quarter
    for name in ("h.0.attn.c_attn.weight", "h.3.attn.c_proj.weight", "wte.weight"):
        assert folded[f"transformer.{name}"].eq(1).all()
    assert all(tensor.eq(1).all() for tensor in weights.values()), "nothing given is changed"


def test_folding_rounds_once() -> None:
    weight = torch.full((1, 3), 1.0078125, dtype=torch.bfloat16)
    folded = fold_layer_scaling({"h.2.attn.c_attn.weight": weight})["h.2.attn.c_attn.weight"]
    assert folded.dtype == torch.bfloat16
    assert folded[0, 0] == torch.tensor(1.0078125 / 3).to(torch.bfloat16)


def test_command_line(
    biomedlm_folder: Path, biogpt_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "folded"
    assert main([str(biomedlm_folder), str(target)]) == 0
    assert str(target) in capsys.readouterr().out
    assert main([str(biomedlm_folder), str(target)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert main([str(biogpt_folder), str(tmp_path / "other")]) == 1
    assert "no layer scaling" in capsys.readouterr().err
    assert main([]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folded"], "nothing half written"


def test_folded_folder_is_never_overwritten(biomedlm_folder: Path, folded_folder: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        write_folded(biomedlm_folder, folded_folder)
