#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Flags: each kind of value that is no value of its kind, the environment, spellings. A bad flag is exit 2 and is named."""
import json
import resource

import cli_case
from cli_case import COMMANDS, GQA, ROOT, RUN_A_MODEL, CommandCase, scratch, write

CORPUS = ROOT / "tools/golden/corpus.txt"
NO_INTEGERS = ["", "x", "1.5", "0x10", " 1", "1 ", "+1", "1e3", "--", "99999999999999999999", "-99999999999999999999"]
NO_NUMBERS = ["", "x", "nan", "inf", "-inf", "1e999", "1,5", " 1", "0x1p4", "1.5.2"]
# flag -> (the words before it, greatest value below the range, least above or None)
INTEGERS = {
    "--max-tokens": (["run", "ENGINE", "--prompt", "a"], 0, None),
    "--top-k": (["run", "ENGINE", "--prompt", "a"], -1, None),
    "--seed": (["run", "ENGINE", "--prompt", "a"], -1, None),
    "--threads": (["run", "ENGINE", "--prompt", "a"], 0, 1025),
    "--max-batch-size": (["run", "ENGINE", "--prompt", "a"], 0, 65537),
    "--max-num-tokens": (["run", "ENGINE", "--prompt", "a"], 0, 2**24 + 1),
    "--max-seq-len": (["run", "ENGINE", "--prompt", "a"], 0, 2**24 + 1),
    "--kv-cache-bytes": (["run", "ENGINE", "--prompt", "a"], 0, None),
    "--chunk": (["eval", "logits", "ENGINE", "--token-ids", "1", "--output", "OUT"], 0, None),
    "--context": (["eval", "perplexity", "ENGINE", "--text", CORPUS], 3, None),
    "--prompt-tokens": (["bench", "latency", "ENGINE"], 0, 2**24 + 1),
    "--output-tokens": (["bench", "latency", "ENGINE"], 0, 2**24 + 1),
    "--batch": (["bench", "latency", "ENGINE"], 0, 65537),
    "--repeat": (["bench", "latency", "ENGINE"], 0, None),
    "--block-size": (["build", GQA, "--output", "OUT"], 15, 129),
    "--dummy-weights": (["build", GQA / "config.json", "--output", "OUT"], -1, None),
}
NUMBERS = {  # of `run`: below and above what is allowed
    "--temperature": (-0.1, None),
    "--top-p": (0, 1.01),
    "--min-p": (-0.01, 1.01),
    "--repetition-penalty": (0, None),
    "--presence-penalty": (-2.1, 2.1),
    "--frequency-penalty": (-2.1, 2.1),
    "--kv-cache-fraction": (0, 1.01),
}
CHOICES = {
    "--device": (["run", "ENGINE", "--prompt", "a"], ["gpu", "cuda", "cuda:", "cuda:x", "CPU", "cpu:0 "]),
    "--cpu-isa": (["run", "ENGINE", "--prompt", "a"], ["", "sse", "AVX2", "avx"]),
    "--dtype": (["build", GQA, "--output", "OUT"], ["", "fp8", "float32", "BF16", "int8"]),
}


class Values(CommandCase):
    def refuse(self, words, flag, value):
        known = {"ENGINE": self.engine(), "OUT": scratch("none.out")}
        filled = [known.get(word, word) for word in words]
        with self.subTest(flag=flag, value=value):
            self.assert_fails(2, *filled, f"{flag}={value}", says=flag)
            self.assertFalse(known["OUT"].exists())

    def test_what_is_no_integer_is_refused(self):
        for flag, (words, _, _) in INTEGERS.items():
            for value in NO_INTEGERS:
                self.refuse(words, flag, value)

    def test_integers_have_bounds(self):
        for flag, (words, low, high) in INTEGERS.items():
            self.refuse(words, flag, low)
            if high is not None:
                self.refuse(words, flag, high)

    def test_what_is_no_number_is_refused(self):
        for flag in NUMBERS:
            for value in NO_NUMBERS:
                self.refuse(["run", "ENGINE", "--prompt", "a"], flag, value)

    def test_numbers_have_bounds(self):
        for flag, bounds in NUMBERS.items():
            for value in bounds:
                if value is not None:
                    self.refuse(["run", "ENGINE", "--prompt", "a"], flag, value)

    def test_a_choice_is_one_of_its_names(self):
        for flag, (words, values) in CHOICES.items():
            for value in values:
                self.refuse(words, flag, value)

    def test_token_ids_are_whole_numbers_with_commas(self):
        for value in ("", ",", "1,", ",1", "1,,2", "1;2", "1 2", "1.0", "2147483648", "-2147483649", "one"):
            self.refuse(["run", "ENGINE"], "--token-ids", value)
            self.refuse(["eval", "logits", "ENGINE", "--output", "OUT"], "--token-ids", value)
            self.refuse(["diff", "ENGINE"], "--token-ids", value)

    def test_ids_outside_the_vocabulary_are_named(self):
        for value in ("-1", "1031", "5,1031", "2147483647"):
            word = value.split(",")[-1]
            self.assert_fails(2, "run", self.engine(), f"--token-ids={value}", says=word)
            self.assert_fails(2, "eval", "logits", self.engine(), f"--token-ids={value}", "--output", scratch("none"), says=word)
            self.assert_fails(2, "diff", self.engine(), f"--token-ids={value}", says=word)
            self.assert_fails(2, "tokenize", self.engine(), "--detokenize", f"--token-ids={value}", says=word)

    def test_the_bounds_themselves_are_allowed(self):
        for flag, value in (("--top-p", 1), ("--min-p", 0), ("--min-p", 1), ("--presence-penalty", -2), ("--frequency-penalty", 2),
                            ("--top-k", 0), ("--threads", 1), ("--max-batch-size", 1), ("--kv-cache-fraction", 0.001),
                            ("--temperature", 0), ("--seed", 2**63 - 1), ("--max-tokens", 2**63 - 1), ("--repetition-penalty", 1e-6)):
            with self.subTest(flag=flag, value=value):
                self.assert_ok("run", self.engine(), "--token-ids", "5", "--ignore-eos", "--max-seq-len", 8, flag, value)


class Spelling(CommandCase):
    def test_equals_sign_or_space(self):
        self.assertEqual(self.assert_ok("tokenize", GQA, "--text=a b").stdout, self.assert_ok("tokenize", GQA, "--text", "a b").stdout)

    def test_flags_may_stand_before_the_engine(self):
        self.assertEqual(self.assert_ok("tokenize", "--text", "a b", GQA).stdout, self.assert_ok("tokenize", GQA, "--text", "a b").stdout)

    def test_a_value_may_hold_an_equals_sign(self):
        ids = json.loads(self.assert_ok("tokenize", GQA, "--text=a=b=", "--no-special").stdout)["ids"]
        self.assertEqual(self.assert_ok("tokenize", GQA, "--detokenize", "--token-ids", ",".join(map(str, ids))).stdout, "a=b=")

    def test_text_that_looks_like_a_flag_needs_the_equals_sign(self):
        self.assert_ok("tokenize", GQA, "--text=--json")
        self.assert_fails(2, "tokenize", GQA, "--text", "--json", says=("--text", "--text=…"))

    def test_a_flag_is_given_once(self):
        for flag, value in (("--prompt", "a"), ("--threads", 1), ("--seed", 1), ("--system", "a")):
            self.assert_fails(2, "run", self.engine(), flag, value, flag, value, says=(flag, "given 2 times"))

    def test_a_second_positional_is_refused(self):
        for name in ("run", "eval logits", "inspect", "diff", "tokenize", "template", "build", "bench latency"):
            self.assert_fails(2, *name.split(), GQA, scratch("second"), says=("unexpected argument", "second"))

    def test_a_positional_is_needed(self):
        for name in ("run", "build", "tokenize", "template", "diff", "eval logits", "eval perplexity", "bench latency"):
            self.assert_fails(2, *name.split(), says=(f"lathe {name}", "is missing"))

    def test_the_nearest_flag_is_named(self):
        for wrong, right in (("--promt", "--prompt"), ("--max-token", "--max-tokens"), ("--temprature", "--temperature"),
                             ("--treads", "--threads"), ("--top_k", "--top-k")):
            self.assert_fails(2, "run", self.engine(), f"{wrong}=1", says=(f"'{wrong}'", f"did you mean {right}?"))

    def test_a_far_flag_points_at_the_help(self):
        self.assert_fails(2, "run", self.engine(), "--zzzzzzzzzzz", says="see `lathe run --help`")

    def test_single_dashes_are_no_flags_of_ours(self):
        self.assert_fails(2, "run", self.engine(), "-prompt", "a", says="-prompt")


class Help(CommandCase):
    def test_a_group_lists_its_commands(self):
        for group, names in (("eval", ["eval logits", "eval perplexity"]), ("bench", ["bench latency", "bench kernels"])):
            text = self.assert_ok(group, "--help").stdout
            for name in names:
                self.assertIn(f"  {name} ", text)
            self.assertNotIn("  devices ", text)

    def test_help_wins_over_what_is_missing_or_wrong(self):
        for name in COMMANDS:
            self.assertIn("Usage: lathe " + name, self.assert_ok(*name.split(), "--help").stdout)
            self.assertIn("Usage: lathe " + name, self.assert_ok(*name.split(), "-h").stdout)

    def test_help_is_for_stdout_alone(self):
        for words in (["--help"], ["help"], ["run", "--help"], ["bench", "--help"], ["--version"]):
            self.assertEqual(self.assert_ok(*words).stderr, "")

    def test_every_flag_says_its_variable(self):
        for name in COMMANDS:
            for line in self.assert_ok(*name.split(), "--help").stdout.splitlines():
                if line.startswith("  --"):
                    flag = line.split()[0]
                    self.assertIn(f"(Env:LATHE_{flag[2:].upper().replace('-', '_')})", line, name)


class Environment(CommandCase):
    def test_a_flag_wins_over_its_variable(self):
        done = self.assert_ok("tokenize", GQA, "--text", "a", env={"LATHE_TEXT": "something else"})
        self.assertEqual(done.stdout, self.assert_ok("tokenize", GQA, "--text", "a").stdout)

    def test_a_variable_gives_what_a_flag_would(self):
        for variables in ({"LATHE_PROMPT": "Hello", "LATHE_MAX_TOKENS": "3"}, {"LATHE_TOKEN_IDS": "5,6,7", "LATHE_MAX_TOKENS": "3"}):
            flags = [f"--{name[6:].lower().replace('_', '-')}={value}" for name, value in variables.items()]
            self.assertEqual(self.assert_ok("run", self.engine(), env=variables).stdout, self.assert_ok("run", self.engine(), *flags).stdout)

    def test_a_wrong_variable_is_a_usage_error(self):
        for variable, value in (("LATHE_MAX_TOKENS", "many"), ("LATHE_CPU_ISA", "sse"), ("LATHE_THREADS", "0"), ("LATHE_TEMPERATURE", "hot")):
            flag = "--" + variable[6:].lower().replace("_", "-")
            self.assert_fails(2, "run", self.engine(), "--prompt", "a", says=(flag, f"'{value}'"), env={variable: value})

    def test_variables_of_other_commands_are_nothing(self):
        self.assert_ok("devices", env={"LATHE_MAX_TOKENS": "many", "LATHE_UNKNOWN": "x"})

    def test_a_toggle_takes_true_and_false(self):
        for value in ("true", "1"):
            self.assertTrue(self.assert_ok("devices", env={"LATHE_JSON": value}).stdout.startswith("{"))
        for value in ("false", "0"):
            self.assertFalse(self.assert_ok("devices", env={"LATHE_JSON": value}).stdout.startswith("{"))


class Shared(CommandCase):
    """The flags of every command that runs a model mean the same in each."""
    WORDS = {"run": ["--token-ids", "5,6"], "eval logits": ["--token-ids", "5,6", "--output", "/dev/null/x"],
             "eval perplexity": ["--text", CORPUS, "--context", 16], "diff": ["--token-ids", "5,6"],
             "bench latency": ["--prompt-tokens", 4, "--output-tokens", 2, "--repeat", 1], "explain": ["--context", 8]}

    def each(self, *flags):
        for name in RUN_A_MODEL:
            words = [scratch("l.safetensors") if word == "/dev/null/x" else word for word in self.WORDS[name]]
            yield [*name.split(), self.engine(), *words, *flags]

    def test_a_device_that_is_not_there_is_exit_4(self):
        for words in self.each("--device", "cuda:0"):
            self.assert_fails(4, *words, says="cuda:0")

    def test_another_models_weights_are_exit_3(self):
        for words in self.each("--weights", cli_case.CHECKPOINTS / "glm"):
            self.assert_fails(3, *words, says="fingerprint")

    def test_weights_that_are_not_there_are_exit_2(self):
        for words in self.each("--weights", "/no/such"):
            self.assert_fails(2, *words, says=("--weights", "/no/such"))

    def test_the_cpu_is_a_device_of_each(self):
        for words in self.each("--device", "cpu", "--deterministic", "--no-libraries", "--threads", 1, "--cpu-isa", "avx2"):
            self.assert_ok(*words)

    def test_bytes_or_fraction_of_the_cache_but_not_both(self):
        for words in self.each("--kv-cache-bytes", 10**6, "--kv-cache-fraction", 0.1):
            if words[0] != "diff":  # one context step with blocks of its own
                self.assert_fails(2, *words, says=("--kv-cache-bytes", "--kv-cache-fraction"))

    def test_text_without_an_ending_newline_is_text(self):
        self.assertEqual(len(self.assert_ok("tokenize", GQA, "--lines", write("two", "one\ntwo")).stdout.splitlines()), 2)


class Threads(CommandCase):
    def test_that_the_system_does_not_start_are_an_error(self):
        engine, limit = self.engine(), resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, limit[1]))  # bytes; inherited, 8 MB a thread
        try:
            self.assert_fails(4, "run", engine, "--token-ids", "1", "--threads", "1024",
                              says=("threads: expected to start 1024, got ", "temporarily unavailable"))
        finally:
            resource.setrlimit(resource.RLIMIT_AS, limit)


if __name__ == "__main__":
    cli_case.main()
