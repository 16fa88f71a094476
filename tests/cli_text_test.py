#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_text_test.py LATHE [unittest arguments]: text without a model's weights: ids, and rendered templates."""
import json
import shutil

import cli_case
from cli_case import CHECKPOINTS, GQA, CommandCase, scratch, write


class Tokenize(CommandCase):
    def ids(self, *flags):
        return json.loads(self.assert_ok("tokenize", *flags).stdout)["ids"]

    def test_engine_and_checkpoint_agree_with_the_golden_ids(self):
        for case in json.loads((GQA / "golden_text.json").read_text())["texts"][:12]:
            if "\0" not in case["text"]:
                self.assertEqual(self.ids(GQA, f"--text={case['text']}"), case["ids_with_special"])
                self.assertEqual(self.ids(self.engine(), f"--text={case['text']}", "--no-special"), case["ids"])

    def test_text_file_lines_and_back(self):
        path = write("lines.txt", "one\n\n-- two\n")
        self.assertEqual(self.ids(GQA, "--text-file", path), self.ids(GQA, "--text=one\n\n-- two\n"))
        lines = [json.loads(line) for line in self.assert_ok("tokenize", GQA, "--lines", path).stdout.splitlines()]
        self.assertEqual(lines, [self.ids(GQA, "--text=one"), self.ids(GQA, "--text="), self.ids(GQA, "--text=-- two")])
        ids = ",".join(map(str, self.ids(GQA, "--text=grüße 世界", "--no-special")))
        self.assertEqual(self.assert_ok("tokenize", GQA, "--detokenize", "--token-ids", ids).stdout, "grüße 世界")
        self.assertEqual(json.loads(self.assert_ok("tokenize", GQA, "--detokenize", "--token-ids", ids, "--json").stdout), {"text": "grüße 世界"})

    def test_bad_usage(self):
        self.assert_fails(2, "tokenize", says="SOURCE")
        self.assert_fails(2, "tokenize", GQA, says="--text")
        self.assert_fails(2, "tokenize", GQA, "--text", "a", "--lines", write("l", "a"), says="got 2")
        self.assert_fails(2, "tokenize", GQA, "--detokenize", says="--token-ids")
        self.assert_fails(2, "tokenize", GQA, "--text", "a", "--token-ids", "1", says="--detokenize")
        self.assert_fails(2, "tokenize", GQA, "--detokenize", "--token-ids", "1,99999", says="99999")
        self.assert_fails(3, "tokenize", CHECKPOINTS / "glm", "--text", "a", says="tokenizer")

    def test_broken_tokenizers(self):
        for name, content in (("empty", "{}"), ("cut", (GQA / "tokenizer.json").read_text()[:5000]), ("list", "[1]")):
            copy = scratch(f"tokenizer_{name}")
            shutil.copytree(GQA, copy)
            (copy / "tokenizer.json").write_text(content)
            self.assert_fails(3, "tokenize", copy, "--text", "a", says="tokenizer.json")


class Template(CommandCase):
    HELLO = [{"role": "user", "content": "Hello"}]

    def test_renders(self):
        messages = write("hello.json", json.dumps(self.HELLO))
        expected = "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
        self.assertEqual(self.assert_ok("template", GQA, "--messages", messages, "--no-generation-prompt").stdout, expected)
        self.assertEqual(self.assert_ok("template", self.engine(), "--messages", messages).stdout,
                         expected + "<|start_header_id|>assistant<|end_header_id|>\n\n")

    def test_bad_usage(self):
        self.assert_fails(2, "template", GQA, says="--messages")
        for name, text in (("cut", '[{"role"'), ("object", "{}"), ("null", "null")):
            self.assert_fails(2, "template", GQA, "--messages", write(f"{name}.json", text), says=("--messages", f"{name}.json"))
        self.assert_fails(3, "template", CHECKPOINTS / "gpt2", "--messages", write("hello.json", json.dumps(self.HELLO)), says="chat template")

    def test_a_broken_template(self):
        copy = scratch("template_broken")
        shutil.copytree(GQA, copy)
        (copy / "chat_template.jinja").write_text("{% for x in messages %}{{ x.content }}")
        self.assert_fails(3, "template", copy, "--messages", write("hello.json", json.dumps(self.HELLO)), says="chat template")
        self.assert_ok("tokenize", copy, "--text", "a")  # the tokenizer works without it

    def test_a_template_that_fails_is_a_bad_one_and_one_that_refuses_is_not(self):
        copy, hello = scratch("template_fails"), write("hello.json", json.dumps(self.HELLO))
        shutil.copytree(GQA, copy)
        for code, source, says in ((3, "{{ messages[0].content + 1 }}", "line 1: unsupported operand types for +"),
                                   (3, "\n{{ messages[7].content }}", "line 2: "), (3, "{{ messages | mystery }}", "unknown filter"),
                                   (2, "{{ raise_exception('users alone') }}", "users alone")):
            (copy / "chat_template.jinja").write_text(source)
            self.assert_fails(code, "template", copy, "--messages", hello, says=("chat template", says))
        engine = scratch("template_fails.engine")
        (copy / "chat_template.jinja").write_text("{{ 1 / 0 }}")
        self.assert_ok("build", copy, "--output", engine)
        self.assert_fails(3, "run", engine, "--chat", "--prompt", "a", says="division by zero")


if __name__ == "__main__":
    cli_case.main()
