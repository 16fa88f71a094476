# SPDX-License-Identifier: Apache-2.0
"""The text of tests/data/checkpoints/README.md, from the facts that make_checkpoints.py found."""

HEAD = """# Tiny checkpoints

Random weights in the published layouts, and the logits that an independent implementation (Hugging Face transformers
{version}, eager attention) computes from them. Made by `tools/golden/make_checkpoints.py`; do not edit.

Each folder holds `config.json`, `generation_config.json`, `model.safetensors` (or shards with an index) and
`golden.safetensors`:

| tensor | shape | meaning |
| --- | --- | --- |
| `token_ids.<i>` | i32 [tokens] | prompt i; the lengths are in the table below |
| `logits.<i>` | f32 [tokens, vocab] | of every position of prompt i |
| `embedding` | f32 [tokens, hidden] | prompt 0: what enters layer 0 (GPT-2: token and position embedding added) |
| `attention.<l>`, `mlp.<l>` | f32 [tokens, hidden] | prompt 0: what layer l's two blocks add to the residual stream |
| `hidden.<l>` | f32 [tokens, hidden] | prompt 0: the residual stream behind layer l |
| `final_norm` | f32 [tokens, hidden] | prompt 0: what enters the head |

Computed in float64 from the weights as saved (bf16 and fp16 ones are rounded first), except where transformers itself
goes through float32: RMSNorm, rope angles, softmax. *Rounding* is the greatest distance of the same model's float32
logits: a float32 implementation should come about as near. Each block's output has an RMS of about 1, like the
residual stream it is added to; norm weights lie in [0.5, 1.5] and biases are not zero, so a part left out shows.

`llama_dynamic` and `llama_longrope`: transformers chooses the rope frequencies by the length of the whole prompt, and
applies them to all of its positions. Each prompt was computed on its own by a fresh model. Their weights are
bf16 so that an engine of bf16 is measured by its arithmetic: with f32 weights, rounding these alone moved the exact
logits of `llama_dynamic` by 1.3e-2 of their range, before any activation was rounded.

| folder | what | dtype | prompts (tokens) | parameters | logit RMS | rounding |
| --- | --- | --- | --- | ---: | ---: | ---: |
"""

MIDDLE = """
How much the logits change (greatest change over greatest logit) when the same weights run under a changed config;
the script refuses to write goldens that a change of the feature under test would leave alone:

| folder | change | effect |
| --- | --- | ---: |
"""

TAIL = """
Folders with a tokenizer (`llama_mha`: SentencePiece-like BPE with byte fallback; `llama_gqa`: byte-level BPE with the
split regex of Llama 3; `gpt2`: byte-level BPE of GPT-2) hold `tokenizer.json`, `tokenizer_config.json`,
`special_tokens_map.json` and `golden_text.json`: `texts` (`text`, `ids`, `ids_with_special` with what the
post-processor adds, `decoded`, `decoded_without_special`), made by the `tokenizers` package, and `chats` (`messages`,
`add_generation_prompt`, `text`), made by Jinja2.
"""


def text(specs, facts, version):
    lines = [HEAD.format(version=version)]
    for spec in specs:
        found = facts[spec.name]
        lines.append(f"| {spec.name} | {spec.about} | {spec.dtype} | {', '.join(map(str, spec.prompts))} "
                     f"| {found['parameters']:,} | {found['logit_rms']:.2f} | {found['rounding']:.1e} |\n")
    lines.append(MIDDLE)
    for spec in specs:
        for change, effect in zip(spec.ablations, facts[spec.name]["effects"]):
            change = ", ".join(f"{key} = {value}" for key, value in change.items())
            lines.append(f"| {spec.name} | {change} | {effect:.2g} |\n")
    lines.append(TAIL)
    return "".join(lines)
