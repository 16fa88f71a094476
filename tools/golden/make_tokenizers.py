# SPDX-License-Identifier: Apache-2.0
"""Trains the three small tokenizers on corpus.txt and writes their goldens (ids, texts, chat prompts)."""
import collections
import json
import pathlib

import jinja2.sandbox
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
LLAMA3_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                r"|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
                  "<|reserved_0|>", "<|reserved_1|>"]
LLAMA3_CHAT = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' "
    "+ message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}")
LLAMA2_CHAT = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set rest = messages[1:] %}"
    "{% else %}{% set system = false %}{% set rest = messages %}{% endif %}{% for message in rest %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate user/assistant/user/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' }}"
    "{% if loop.first and system %}{{ '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' }}{% endif %}"
    "{{ message['content'].strip() + ' [/INST]' }}{% else %}{{ ' ' + message['content'].strip() + ' ' + eos_token }}"
    "{% endif %}{% endfor %}")


def corpus():
    return (HERE / "corpus.txt").read_text(encoding="utf-8").splitlines(keepends=True)


def train_byte_level(vocab, special):
    tokenizer = Tokenizer(models.BPE())
    return tokenizer, trainers.BpeTrainer(vocab_size=vocab - len(special), show_progress=False, min_frequency=1,
                                          initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))


def special_token(text):
    return AddedToken(text, special=True, normalized=False)


def gpt2(vocab):
    tokenizer, trainer = train_byte_level(vocab, ["<|endoftext|>"])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens([special_token("<|endoftext|>")])
    config = dict(tokenizer_class="GPT2Tokenizer", bos_token="<|endoftext|>", eos_token="<|endoftext|>",
                  unk_token="<|endoftext|>", add_prefix_space=False, model_max_length=96)
    return tokenizer.to_str(pretty=False), config


def llama3(vocab):
    tokenizer, trainer = train_byte_level(vocab, LLAMA3_SPECIAL)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3_SPLIT), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens([special_token(text) for text in LLAMA3_SPECIAL])
    bos = LLAMA3_SPECIAL[0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, tokenizer.token_to_id(bos))])
    config = dict(tokenizer_class="PreTrainedTokenizerFast", bos_token=bos, eos_token="<|eot_id|>",
                  model_max_length=128, clean_up_tokenization_spaces=True, chat_template=LLAMA3_CHAT)
    return tokenizer.to_str(pretty=False), config


def sentencepiece(vocab):
    """What the conversion of a Llama 2 SentencePiece model looks like: ▁ for spaces, bytes as fallback."""
    special, as_bytes = ["<unk>", "<s>", "</s>"], [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    # Training alone splits into words, or the merges would cross them; the published files have no pre-tokenizer.
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    counts = collections.Counter("".join(corpus()).replace(" ", "▁"))
    alphabet = sorted(sorted(counts), key=lambda char: -counts[char])[:90]  # the trainer's own choice varies
    trainer = trainers.BpeTrainer(vocab_size=vocab, special_tokens=special + as_bytes, show_progress=False,
                                  initial_alphabet=alphabet, limit_alphabet=len(alphabet), min_frequency=1)
    tokenizer.train_from_iterator(corpus(), trainer)
    content = json.loads(tokenizer.to_str())
    content["pre_tokenizer"] = None
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] in special]
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    config = dict(tokenizer_class="LlamaTokenizer", add_bos_token=True, add_eos_token=False, bos_token="<s>",
                  eos_token="</s>", unk_token="<unk>", legacy=False, model_max_length=128,
                  clean_up_tokenization_spaces=False, chat_template=LLAMA2_CHAT)
    return tokenizer.to_str(pretty=False), config


TRAINERS = {"gpt2": gpt2, "llama3": llama3, "sentencepiece": sentencepiece}
CHATS = [
    [{"role": "user", "content": "Hello"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": " What is 7 × 8? "}],
    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello! "}, {"role": "user", "content": "Go on\n"}],
]


def chat_goldens(config):
    """The prompts that transformers would make: its Jinja settings, none of its code."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(config["chat_template"])
    tokens = {name: config[name] for name in ("bos_token", "eos_token")}
    for messages in CHATS:
        for generate in (False, True):
            yield dict(messages=messages, add_generation_prompt=generate,
                       text=template.render(messages=messages, add_generation_prompt=generate, **tokens))


def text_goldens(tokenizer, special):
    strings = json.loads((HERE / "strings.json").read_text(encoding="utf-8"))
    for text in strings + [f"a{token}b {token} " for token in special]:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        yield dict(text=text, ids=ids, ids_with_special=tokenizer.encode(text, add_special_tokens=True).ids,
                   decoded=tokenizer.decode(ids, skip_special_tokens=False),
                   decoded_without_special=tokenizer.decode(ids, skip_special_tokens=True))


def write(kind, vocab, folder):
    content, config = TRAINERS[kind](vocab)
    tokenizer = Tokenizer.from_str(content)
    if tokenizer.get_vocab_size() != vocab:
        raise SystemExit(f"tokenizer {kind}: {tokenizer.get_vocab_size()} tokens, expected {vocab}: corpus too small")
    added = tokenizer.get_added_tokens_decoder()
    special = [token.content for _, token in sorted(added.items())]
    config["added_tokens_decoder"] = {
        str(index): dict(content=token.content, lstrip=False, normalized=False, rstrip=False, single_word=False,
                         special=True) for index, token in sorted(added.items())}
    (folder / "tokenizer.json").write_text(content, encoding="utf-8")
    dump(folder / "tokenizer_config.json", config)
    dump(folder / "special_tokens_map.json", {key: config[key] for key in ("bos_token", "eos_token", "unk_token")
                                              if key in config})
    goldens = dict(texts=list(text_goldens(tokenizer, special)))
    if "chat_template" in config:
        goldens["chats"] = list(chat_goldens(config))
    dump(folder / "golden_text.json", goldens, indent=None)


def dump(path, value, indent=2):
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False, sort_keys=False) + "\n", encoding="utf-8")
