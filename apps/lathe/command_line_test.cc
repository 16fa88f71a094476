// SPDX-License-Identifier: Apache-2.0
// Every command's ends: which words give which exit code, and what is said.
#include "command_line.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "command.h"
#include "ran_command.h"

namespace lathe::app {
namespace {

using testing::TempDir;

// ENGINE, CHECKPOINT, CORPUS and OUT stand for paths that the tests know.
struct Case {
  std::string line;
  ExitCode code;
  std::string says;  // a part of the error
};

std::vector<std::string> words_of(std::string_view line, const TempDir& folder) {
  std::vector<std::string> out;
  for (const std::string_view word : split(line, ' ')) {
    if (word == "ENGINE") {
      out.push_back(golden_engine());
    } else if (word == "CHECKPOINT") {
      out.push_back(golden_checkpoint("llama_gqa"));
    } else if (word == "CORPUS") {
      out.emplace_back(LATHE_SOURCE_DIR "/tools/golden/corpus.txt");
    } else if (word == "OUT") {
      out.push_back((folder.path() / "out").string());
    } else {
      out.emplace_back(word);
    }
  }
  return out;
}

// One `error: …` line, nothing on stdout, nothing written.
void expect_failures(const std::vector<Case>& cases) {
  const TempDir folder;
  for (const Case& one : cases) {
    const RanCommand done = ran_command(words_of(one.line, folder));
    EXPECT_EQ(static_cast<int>(done.code), static_cast<int>(one.code)) << one.line;
    EXPECT_EQ(done.out, "") << one.line;
    EXPECT_TRUE(done.err.starts_with("error: ")) << one.line << "\n" << done.err;
    EXPECT_EQ(std::ranges::count(done.err, '\n'), 1) << one.line << "\n" << done.err;
    EXPECT_NE(done.err.find(one.says), std::string::npos) << one.line << "\n" << done.err;
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << one.line;
  }
}

constexpr ExitCode kUsage = ExitCode::kUsage, kBadModel = ExitCode::kBadModel,
                   kDevice = ExitCode::kDevice, kFailure = ExitCode::kFailure;

TEST(CommandLine, NeedsACommandThatThereIs) {
  EXPECT_EQ(ran_command({}).code, kUsage);
  expect_failures({
      {"", kUsage, "unknown sub-command ''"},
      {"rnu", kUsage, "did you mean `lathe run`?"},
      {"frobnicate", kUsage, "unknown sub-command 'frobnicate'; see `lathe --help`"},
      {"eval", kUsage, "lathe eval: expected one of logits, perplexity, got none"},
      {"eval --json", kUsage, "lathe eval: expected one of logits, perplexity, got none"},
      {"eval logit", kUsage, "did you mean `lathe eval logits`?"},
      {"bench", kUsage, "lathe bench: expected one of latency, kernels, got none"},
      {"bench frobnicate", kUsage, "unknown sub-command 'bench frobnicate'"},
      {"--jsn", kUsage, "unknown sub-command '--jsn'"},
      {"compil", kUsage, "unknown sub-command"},  // hidden: not proposed
  });
}

TEST(CommandLine, EveryCommandHelpsAndIsListedOnce) {
  const RanCommand overview = ran_command({"--help"});
  EXPECT_EQ(overview.code, ExitCode::kOk);
  for (const Command& command : all_commands()) {
    const std::string line = cat("\n  ", command.name, " ");
    const bool shown = overview.out.find(line) != std::string::npos;
    EXPECT_EQ(shown, command.listing == Listing::kShown) << command.name;
    std::vector<std::string> words;
    for (const std::string_view word : split(command.name, ' ')) words.emplace_back(word);
    words.emplace_back("--help");
    const RanCommand help = ran_command(words);
    EXPECT_EQ(help.code, ExitCode::kOk) << command.name;
    EXPECT_EQ(help.err, "");
    EXPECT_NE(help.out.find(cat("Usage: lathe ", command.name)), std::string::npos);
    EXPECT_FALSE(command.examples.empty()) << command.name;
    for (const std::string& example : command.examples) {
      EXPECT_TRUE(example.starts_with(cat("lathe ", command.name))) << example;
    }
  }
}

// What a command declares can be read: no flag twice, every one with a help text.
TEST(CommandLine, EveryFlagIsDeclaredOnceAndExplained) {
  for (const Command& command : all_commands()) {
    Flags flags;
    command.declare(flags);
    std::vector<std::string> names;
    for (const FlagSpec& spec : flags.specs()) {
      names.push_back(spec.name);
      EXPECT_FALSE(spec.text.help.empty()) << command.name << " " << spec.name;
      const bool value = !spec.is_positional() && spec.arity != Arity::kToggle;
      EXPECT_EQ(value, !spec.text.placeholder.empty()) << command.name << " " << spec.name;
      if (!spec.is_positional()) {
        EXPECT_TRUE(spec.name.starts_with("--")) << spec.name;
        EXPECT_EQ(spec.name.find('_'), std::string::npos) << spec.name;
      }
    }
    std::ranges::sort(names);
    EXPECT_TRUE(std::ranges::adjacent_find(names) == names.end()) << command.name;
  }
}

TEST(CommandLine, VersionAndGroups) {
  EXPECT_TRUE(ran_command({"--version"}).out.starts_with("lathe 0."));
  for (const char* help : {"--help", "-h", "help"}) {
    const RanCommand group = ran_command({"eval", help});
    EXPECT_EQ(group.code, ExitCode::kOk);
    EXPECT_NE(group.out.find("eval logits"), std::string::npos);
    EXPECT_EQ(group.out.find("bench"), std::string::npos);
  }
}

TEST(BuildCommand, Refuses) {
  expect_failures({
      {"build", kUsage, "CHECKPOINT"},
      {"build /no/such --output OUT", kUsage, "'/no/such'"},
      {"build CHECKPOINT", kUsage, "expected --output ENGINE, got none"},
      {"build CHECKPOINT --output /no/folder/e", kUsage, "no such folder: '/no/folder'"},
      {"build CHECKPOINT --output CHECKPOINT", kUsage, "exists and is no engine"},
      {"build CHECKPOINT --output OUT --dtype fp8", kUsage, "expected auto, fp32, bf16 or fp16"},
      {"build CHECKPOINT --output OUT --dtype fp32 --target sm_90a", kUsage, "--dtype"},
      {"build CHECKPOINT --output OUT --target banana", kUsage, "--target: expected cpu or sm_90a"},
      {"build CHECKPOINT --output OUT --target sm_42", kUsage, "--target: expected cpu or sm_90a"},
      {"build CHECKPOINT --output OUT --block-size 48", kUsage, "16, 32, 64 or 128, got 48"},
      {"build CHECKPOINT --output OUT --skip-pass bnd", kUsage, "did you mean bind?"},
      {"build CHECKPOINT --output OUT --kernel-source CHECKPOINT", kUsage, "got cpu"},
      {"build CHECKPOINT --output OUT --dummy-weights -1", kUsage, "--dummy-weights"},
      {"build CHECKPOINT --output OUT --timing-cache CHECKPOINT", kUsage, "--timing-cache"},
      {"build CHECKPOINT --output OUT --target=", kUsage,
       "--target: expected cpu or sm_90a, got ''"},
      {"build CHECKPOINT --output OUT --dtype=", kUsage, "--dtype: expected auto"},
      {"build CHECKPOINT --output OUT --dump-passes /proc/none", kDevice,
       "/proc/none: cannot be created: "},
      {"build ENGINE --output OUT", kBadModel, "gqa.engine"},
  });
}

TEST(Commands, RefuseCudaLibrariesThatAreNoFolder) {
  for (const std::string command : {"build CHECKPOINT --output OUT", "run ENGINE --token-ids 1",
                                    "bench latency ENGINE", "tune ENGINE", "devices"}) {
    expect_failures({{command + " --cuda-libraries /no/such", kUsage,
                      "--cuda-libraries: no such file or folder: '/no/such'"},
                     {command + " --cuda-libraries CORPUS", kUsage,
                      "--cuda-libraries: expected a folder, got the file "}});
  }
}

TEST(BuildCommand, RefusesSourcesThatWinOverNothing) {
  const std::string build = "build CHECKPOINT --output OUT --target sm_90a --kernel-source ";
  expect_failures({{build + "CORPUS", kUsage, "--kernel-source: expected a folder, got the file "},
                   {build + "CHECKPOINT", kUsage,
                    "--kernel-source: expected a folder with a device source such as " +
                        golden_checkpoint("llama_gqa") + "/lathe/kernels/ptx/math.cuh, got none"}});
}

TEST(RunCommand, Refuses) {
  expect_failures({
      {"run", kUsage, "ENGINE"},
      {"run ENGINE", kUsage, "expected --prompt, --token-ids or --chat, got none"},
      {"run ENGINE --prompt=", kUsage, "--prompt: expected text, got none"},
      {"run ENGINE --prompt a --token-ids 1", kUsage, "--token-ids, --prompt"},
      {"run ENGINE --chat --token-ids 1", kUsage, "--token-ids, --chat"},
      {"run ENGINE --prompt a --system b", kUsage, "--system: expected with --chat"},
      {"run ENGINE --token-ids 1031", kUsage, "--token-ids: expected ids from 0 to 1030, got 1031"},
      {"run ENGINE --token-ids 1,,2", kUsage,
       "--token-ids: expected numbers with one comma between them, got none between two commas of "
       "'1,,2'"},
      {"run ENGINE --token-ids ,1", kUsage, "got none before the first comma of ',1'"},
      {"run ENGINE --token-ids 1,", kUsage, "got none behind the last comma of '1,'"},
      {"run ENGINE --token-ids=", kUsage, "got none in ''"},
      {"run ENGINE --prompt a --device=", kUsage, "--device: expected cpu or cuda:0, got ''"},
      {"run ENGINE --token-ids 1 --stop=", kUsage, "--stop: expected text, got none"},
      {"run ENGINE --chat --stop a --stop=", kUsage, "--stop: expected text, got none"},
      {"run ENGINE --prompt a --max-tokens 0", kUsage, "--max-tokens"},
      {"run ENGINE --prompt a --temperature -1", kUsage, "--temperature"},
      {"run ENGINE --prompt a --max-seq-len 129", kUsage, "--max-seq-len: expected at most 128"},
      {"run ENGINE --prompt a --kv-cache-fraction 2", kUsage, "--kv-cache-fraction"},
      {"run ENGINE --prompt a --kv-cache-bytes 1", kDevice, "do not hold one block"},
      {"run ENGINE --prompt a --device cuda:0", kDevice, "for a CPU alone"},
      {"run ENGINE --prompt a --weights /no/such", kUsage, "--weights"},
      {"run ENGINE --token-ids 1,2,3,4,5,6,7,8 --max-seq-len 4", kFailure, "8 tokens"},
      {"run CHECKPOINT --prompt a", kBadModel, "expected an engine folder with engine.json"},
  });
}

TEST(EvalCommands, Refuse) {
  expect_failures({
      {"eval logits ENGINE --token-ids 1", kUsage, "expected --output F.safetensors, got none"},
      {"eval logits ENGINE --output OUT", kUsage, "--token-ids, --mixed: expected one of them"},
      {"eval logits ENGINE --output OUT --token-ids 1 --chunk 0", kUsage, "--chunk"},
      {"eval logits ENGINE --output OUT --token-ids 1 --chunk 2 --decode", kUsage, "got both"},
      {"eval logits ENGINE --output OUT --token-ids 5000", kUsage,
       "--token-ids: expected ids from 0 to 1030, got 5000"},
      {"eval perplexity ENGINE", kUsage, "expected --text FILE, got none"},
      {"eval perplexity ENGINE --text CHECKPOINT", kUsage,
       "--text: expected a file, got the folder"},
      {"eval perplexity ENGINE --text /no/such", kUsage, "--text"},
      {"eval perplexity ENGINE --text CHECKPOINT --context 3", kUsage, "folder"},
      {"eval perplexity ENGINE --text CORPUS --max-seq-len 3", kFailure,
       "--context: 512 tokens; the maximum context length is 3"},
  });
}

TEST(TextCommands, Refuse) {
  expect_failures({
      {"tokenize", kUsage, "SOURCE"},
      {"tokenize CHECKPOINT", kUsage, "expected one of --text, --text-file, --lines, got 0 texts"},
      {"tokenize CHECKPOINT --text a --lines /dev/null", kUsage, "--lines"},
      {"tokenize CHECKPOINT --detokenize", kUsage, "expected together, got one"},
      {"tokenize CHECKPOINT --text a --token-ids 1", kUsage, "expected together, got one"},
      {"tokenize CHECKPOINT --detokenize --token-ids 1 --text a", kUsage, "got 1 texts"},
      {"tokenize CHECKPOINT --detokenize --token-ids 99999", kUsage, "got 99999"},
      {"template CHECKPOINT", kUsage, "expected --messages FILE, got none"},
      {"template CHECKPOINT --messages /no/such", kUsage, "--messages"},
  });
}

TEST(InspectingCommands, Refuse) {
  expect_failures({
      {"inspect", kUsage, "expected ENGINE or --ops, got neither"},
      {"inspect ENGINE --ops", kUsage, "--ops: expected no ENGINE"},
      {"inspect --ops --verify", kUsage, "--ops: expected no ENGINE"},
      {"inspect CHECKPOINT", kBadModel, "engine.json"},
      {"inspect ENGINE --html CHECKPOINT", kUsage, "--html: expected a file, got the folder"},
      {"inspect ENGINE --cpu-isa sse", kUsage, "--cpu-isa"},
      {"diff ENGINE", kUsage, "expected one of --prompt, --token-ids, got none or both"},
      {"diff ENGINE --prompt a --token-ids 1", kUsage, "got none or both"},
      {"diff ENGINE --token-ids 1031", kUsage, "--token-ids: expected ids from 0 to 1030"},
      {"diff ENGINE --token-ids 1 --against /no/such", kUsage, "--against"},
      {"explain ENGINE --context 0", kUsage, "--context"},
      {"explain ENGINE --context 1000", kFailure, "the maximum context length is 128"},
      {"explain ENGINE --batch 0", kUsage, "--batch"},
      {"explain ENGINE --context 9 --kv-cache-fraction 2", kUsage,
       "--kv-cache-fraction: expected more"},
      {"bench latency ENGINE --kv-cache-fraction 2", kUsage, "--kv-cache-fraction: expected"},
      {"bench latency ENGINE --repeat 0", kUsage, "--repeat"},
      {"bench latency ENGINE --prompt-tokens 100 --output-tokens 100", kFailure, "128"},
      {"bench latency ENGINE --batch 65537", kUsage, "--batch"},
      {"bench kernels", kUsage, "ENGINE"},
      {"devices x", kUsage, "unexpected argument 'x'"},
      {"compile", kUsage, "REQUEST"},
  });
}

struct Success {
  std::string line, prints;
};

TEST(CommandLine, WhatSucceedsPrintsToStdout) {
  const TempDir folder;
  for (const Success& one : std::vector<Success>{
           {"inspect ENGINE", "steps for cpu"},
           {"inspect ENGINE --json", "\"build\":{\"seconds\""},
           {"inspect --ops --json", "\"formula\""},
           {"tokenize CHECKPOINT --text Hello --no-special", "{\"ids\":["},
           {"devices", "cpu:0"},
           {"run ENGINE --token-ids 5,6 --max-tokens 2 --ignore-eos --json", "\"length\""},
           {"diff ENGINE --token-ids 5,6", ""},
           {"explain ENGINE", "floor of a step"},  // the model's 128 tokens, not the default 512
           {"bench latency ENGINE --repeat 1", "prefill"},
           {"bench latency ENGINE --repeat 1 --prompt-tokens 100", "prefill"},
           {"bench latency ENGINE --repeat 1 --output-tokens 100", "prefill"},
           {"eval perplexity ENGINE --text CORPUS", "perplexity"},
           {"eval logits ENGINE --token-ids 5,6 --output OUT", ""}}) {
    const RanCommand done = ran_command(words_of(one.line, folder));
    EXPECT_EQ(done.code, ExitCode::kOk) << one.line << "\n" << done.err;
    EXPECT_NE(done.out.find(one.prints), std::string::npos) << one.line << "\n" << done.out;
    EXPECT_EQ(done.err.find("error"), std::string::npos) << done.err;
  }
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "out"));
}

}  // namespace
}  // namespace lathe::app
