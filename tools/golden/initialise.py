# SPDX-License-Identifier: Apache-2.0
"""Random weights that make every part of a tiny model matter.

A default initialisation (sigma 0.02) leaves the residual stream almost untouched, so that a wrong attention or a
missing bias hides in the rounding. Here norm weights are uniform in [0.5, 1.5], biases are not zero, and the output
projection of every attention and MLP is scaled until the block adds a vector of RMS 1 to the residual stream.
"""
import math

import torch

BLOCKS = {  # class name -> (layers, attention and MLP blocks, their output projections)
    "GPT2LMHeadModel": ("transformer.h", ("attn", "attn.c_proj"), ("mlp", "mlp.c_proj")),
    "default": ("model.layers", ("self_attn", "self_attn.o_proj"), ("mlp", "mlp.down_proj")),
    # the post-norms set the size of what a block adds
    "Glm4ForCausalLM": ("model.layers", ("post_self_attn_layernorm", ""), ("post_mlp_layernorm", "")),
}


def is_norm(name):
    module = name.split(".")[-2]
    return "norm" in module or module.startswith("ln_")


def fill(name, parameter, is_conv1d, generator):
    def normal(sigma):
        parameter.copy_(torch.empty(parameter.shape).normal_(0, sigma, generator=generator))

    if is_norm(name) and name.endswith("weight"):
        parameter.copy_(torch.empty(parameter.shape).uniform_(0.5, 1.5, generator=generator))
    elif name.endswith("bias"):
        normal(0.3)
    elif any(part in name for part in ("embed_tokens", "wte", "wpe")):
        normal(0.6)
    else:
        fan_in = parameter.shape[0 if is_conv1d else 1]
        sharpen = 1.5 if any(part in name for part in ("q_proj", "k_proj", "c_attn")) else 1.0
        normal(sharpen * (2.0 if "lm_head" in name else 1.0) / math.sqrt(fan_in))


def blocks(model):
    layers, *parts = BLOCKS.get(type(model).__name__, BLOCKS["default"])
    for index, layer in enumerate(model.get_submodule(layers)):
        for kind, (block, projection) in zip(("attention", "mlp"), parts):
            yield index, kind, layer.get_submodule(block), layer.get_submodule(projection) if projection else None


def block_output(model, block, prompt):
    """What `block` adds to the residual stream: [tokens, hidden]."""
    seen = []
    hook = block.register_forward_hook(lambda _, __, out: seen.append(out[0] if isinstance(out, tuple) else out))
    with torch.no_grad():
        model(prompt)
    hook.remove()
    return seen[0].reshape(-1, seen[0].shape[-1])


def rms(tensor):
    return tensor.double().pow(2).mean().sqrt().item()


def initialise(model, prompt, generator):
    conv1d = {f"{name}.weight" for name, module in model.named_modules() if type(module).__name__ == "Conv1D"}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            fill(name, parameter, name in conv1d, generator)
        for _, _, block, projection in blocks(model):
            if projection is not None:
                for parameter in projection.parameters():
                    parameter.mul_(1 / rms(block_output(model, block, prompt)))
                    break  # the weight alone; a bias keeps its size
    check(model, prompt)


def check(model, prompt):
    for index, kind, block, _ in blocks(model):
        size = rms(block_output(model, block, prompt))
        if not 0.5 < size < 2:
            raise SystemExit(f"{type(model).__name__}: layer {index}: {kind} adds RMS {size:.3f}, expected 0.5 to 2")
