#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/checkpoints/<name>/: a tiny random checkpoint each, with the logits that transformers computes.

    make_checkpoints.py [NAME...]      all of specs.py without a name
"""
import copy
import json
import os
import pathlib
import shutil
import sys
import zlib

os.environ["HF_HUB_OFFLINE"] = "1"
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

import make_tokenizers  # noqa: E402
import readme  # noqa: E402
from initialise import blocks, initialise  # noqa: E402
from specs import SPECS  # noqa: E402

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "tests/data/checkpoints"
LEAST_EFFECT = 1e-4  # of an ablation, as a fraction of the largest logit; float32 rounding is about 1e-6


def build(spec, config, state=None):
    model_class = getattr(transformers, spec.model)
    model = model_class(model_class.config_class(**config, attn_implementation="eager")).eval()
    if state is not None:
        model.load_state_dict(state, strict=False)  # an ablation may drop biases
    return model


def rounded(spec, model):
    """The same model with its parameters rounded to the spec's dtype and widened again. Only they: buffers, such as the
    rope's frequencies, are computed and stay in float32 whatever the weights are."""
    state = {name: value.to(getattr(torch, spec.dtype)).float() for name, value in model.state_dict().items()}
    return build(spec, spec.config, state)


def generator_of(spec, purpose):
    return torch.Generator().manual_seed(zlib.crc32(f"{spec.name}/{purpose}".encode()))


def draw_prompts(spec):
    generator = generator_of(spec, "prompts")
    return [torch.randint(0, spec.config["vocab_size"], (1, count), generator=generator) for count in spec.prompts]


def logits_of(model, prompt, dtype=torch.float64):
    """A fresh copy for every prompt: the dynamic rope scalings of transformers remember the longest one seen."""
    with torch.no_grad():
        return copy.deepcopy(model).to(dtype)(prompt).logits[0].float()


def watch(model, seen):
    """Hooks that record what each layer returns and what each block adds to the residual stream."""
    def hook(name):
        return lambda _, __, out: seen.__setitem__(name, (out[0] if isinstance(out, tuple) else out).float()[0])

    base = model.base_model
    layers = base.h if hasattr(base, "h") else base.layers
    (base.drop if hasattr(base, "drop") else base.embed_tokens).register_forward_hook(hook("embedding"))
    (base.ln_f if hasattr(base, "ln_f") else base.norm).register_forward_hook(hook("final_norm"))
    for index, layer in enumerate(layers):
        layer.register_forward_hook(hook(f"hidden.{index}"))
    for index, kind, block, _ in blocks(model):
        block.register_forward_hook(hook(f"{kind}.{index}"))


def hidden_states(model, prompt):
    seen, model = {}, copy.deepcopy(model).double()
    watch(model, seen)
    with torch.no_grad():
        model(prompt)
    return {name: value.reshape(-1, value.shape[-1]).contiguous() for name, value in seen.items()}


def ablation_effect(spec, model, change, prompts, logits):
    """Largest change of a logit, relative to the largest logit, when the config changes and the weights do not."""
    state = {name: value for name, value in model.state_dict().items() if "inv_freq" not in name}
    other = build(spec, {**spec.config, **change}, state)
    return max(((logits_of(other, prompt) - expected).abs().max() / expected.abs().max()).item()
               for prompt, expected in zip(prompts, logits))


def rewrite_config(spec, folder):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    if spec.edit == "v5_spelling":
        config["rope_parameters"] = {"rope_theta": config.pop("rope_theta"), **config.pop("rope_scaling")}
    else:
        config["torch_dtype"] = config.pop("dtype")  # as all releases before 4.56 wrote it
    if spec.edit == "old_rope_type":
        config["rope_scaling"] = {"type" if key == "rope_type" else key: value
                                  for key, value in config["rope_scaling"].items()}
    if spec.edit == "without_head_dim":
        del config["head_dim"]
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def save(spec, model, folder):
    """One file, or as many shards as the spec wants: their size limit is found by trying."""
    size = sum(value.numel() * value.element_size() for value in model.state_dict().values())
    for limit in range(size // spec.shards, 2 * size, 4096):
        shutil.rmtree(folder)
        model.save_pretrained(folder, max_shard_size=limit)
        if len(list(folder.glob("model*.safetensors"))) == spec.shards:
            return rewrite_config(spec, folder)
    raise SystemExit(f"{spec.name}: no size limit gives {spec.shards} shards")


def make(spec):
    folder = OUTPUT / spec.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prompts = draw_prompts(spec)
    model = build(spec, spec.config)
    initialise(model, prompts[0], generator_of(spec, "weights"))
    save(spec, copy.deepcopy(model).to(getattr(torch, spec.dtype)), folder)
    model = rounded(spec, model)
    logits = [logits_of(model, prompt) for prompt in prompts]
    single = [logits_of(model, prompt, torch.float32) for prompt in prompts]
    effects = [ablation_effect(spec, model, change, prompts, logits) for change in spec.ablations]
    for change, effect in zip(spec.ablations, effects):
        if effect < LEAST_EFFECT:
            raise SystemExit(f"{spec.name}: {change} changes the logits by {effect:.1e} only")
    tensors = {f"token_ids.{index}": prompt[0].int() for index, prompt in enumerate(prompts)}
    tensors |= {f"logits.{index}": value.contiguous() for index, value in enumerate(logits)}
    tensors |= hidden_states(model, prompts[0])
    save_file(tensors, folder / "golden.safetensors", metadata={"transformers": transformers.__version__})
    if spec.tokenizer:
        make_tokenizers.write(spec.tokenizer, spec.config["vocab_size"], folder)
    rounding = max((a - b).abs().max().item() for a, b in zip(logits, single))
    facts = dict(parameters=sum(parameter.numel() for parameter in model.parameters()),
                 logit_rms=torch.cat(logits).pow(2).mean().sqrt().item(), rounding=rounding, effects=effects)
    print(spec.name, facts)
    return facts


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    chosen = [spec for spec in SPECS if not sys.argv[1:] or spec.name in sys.argv[1:]]
    facts = {spec.name: make(spec) for spec in chosen}
    if len(chosen) == len(SPECS):
        (OUTPUT / "README.md").write_text(readme.text(SPECS, facts, transformers.__version__))


if __name__ == "__main__":
    main()
