// SPDX-License-Identifier: Apache-2.0
// lathe build: a checkpoint in, an engine out.
#include <cstdio>

#include "blame.h"
#include "commands.h"
#include "interrupt.h"
#include "lathe/builder/pipeline.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/ops/op.h"
#include "lathe/toolchain/build_engine.h"
#include "lathe/toolchain/gpus.h"
#include "lathe/toolchain/open_model.h"
#include "print.h"

namespace lathe::app {

namespace {

struct BuildOptions {
  ExistingPath checkpoint;
  OutputPath output;
  std::optional<int64_t> dummy_weights;
  std::string dtype = "auto";
  std::optional<std::string> target;  // none: what default_target says
  int64_t block_size = 64;
  bool self_contained = false;
  bool strict = false;
  OutputFolder dump_passes;
  std::vector<std::string> skip_passes;
  OutputFile timing_cache;
  ExistingFolder kernel_source;
  ExistingFolder cuda_libraries;
  std::string plant;
  bool json = false;

  void declare(Flags& flags) {
    flags.positional("CHECKPOINT", checkpoint,
                     "a Hugging Face folder, a GGUF file, or with --dummy-weights a config.json");
    flags.value("--output", output, {"ENGINE", "the folder to write"});
    flags.value("--dtype", dtype, {"TYPE", "of the weights: bf16, fp16, fp32; auto keeps them"});
    flags.value("--target", target,
                {"TARGET", "cpu, or a GPU's architecture such as sm_90a; what is found"});
    flags.value("--dummy-weights", dummy_weights,
                {"SEED", "no checkpoint: weights are drawn at load", kNotNegative});
    flags.toggle("--self-contained", self_contained, "put the weights into the engine");
    flags.toggle("--strict", strict, "refuse slow kernels that serve any shape");
    flags.value("--block-size", block_size, {"N", "tokens of a KV block: 16, 32, 64 or 128; 64"});
    flags.value("--dump-passes", dump_passes, {"DIR", "the network before and after each pass"});
    flags.repeated("--skip-pass", skip_passes, {"NAME", "leave a pass out; repeatable"});
    flags.value("--timing-cache", timing_cache,
                {"FILE", "timings of kernels, and compiled ones in FILE.code, read and written"});
    flags.value(
        "--kernel-source", kernel_source,
        {"DIR", "device sources that win over the built-in ones, as lathe/kernels/…/x.cuh"});
    flags.value("--cuda-libraries", cuda_libraries,
                {"DIR", "where NVRTC is, before the usual places"});
#ifdef LATHE_PLANTS
    flags.value("--plant", plant, {"OP", "corrupt that op's kernel by 1 %"});
#endif
    flags.toggle("--json", json, "print one JSON object");
  }
};

void check_usage(const BuildOptions& options) {
  if (options.output.empty()) {
    fail(ErrorCode::kInvalidArgument, "lathe build: expected --output ENGINE, got none");
  }
  const int64_t size = options.block_size;
  if (size != 16 && size != 32 && size != 64 && size != 128) {
    fail(ErrorCode::kInvalidArgument, "--block-size: expected 16, 32, 64 or 128, got ", size);
  }
  if (!options.kernel_source.empty() && options.target == "cpu") {
    fail(ErrorCode::kInvalidArgument,
         "--kernel-source: expected a GPU's --target, got cpu: no device code is generated for it");
  }
}

void check_plant(const std::string& op) {
  if (op.empty() || ops::find_op(op) != nullptr) return;
  std::vector<std::string> names;
  for (const ops::OpDef* def : ops::all_ops()) names.emplace_back(def->info.name);
  const std::string_view nearest = nearest_name(op, names);
  fail(ErrorCode::kInvalidArgument, "--plant: no op is called ", quote(op),
       nearest.empty() ? std::string() : cat("; did you mean ", nearest, "?"));
}

// A bar on a terminal, nothing elsewhere.
void show_progress(int done, int total, std::string_view stage) {
  constexpr int kWidth = 30;
  if (!shows_progress() || total == 0) return;
  const int filled = kWidth * done / total;
  const std::string bar = std::string(static_cast<size_t>(filled), '#') +
                          std::string(static_cast<size_t>(kWidth - filled), '.');
  std::fprintf(stderr, "\r[%s] %-24.*s", bar.c_str(), static_cast<int>(stage.size()), stage.data());
  if (done == total) std::fputs("\r\033[K", stderr);
}

std::string summary(const BuildOptions& options, const toolchain::EngineReport& report) {
  std::string text =
      cat(options.output.path.string(), ": ", report.build.ops_before, " ops became ",
          report.build.ops_after, " steps\n", engine::to_text(report.record), "kernels\n");
  for (const auto& [kernel, steps] : report.build.kernels) {
    text += cat("  ", steps, "  ", kernel, "\n");
  }
  if (const int64_t slow = report.build.fallback_steps; slow > 0) {
    text += cat(slow, " steps run on slow kernels that serve any shape; --json says which\n");
  }
  return text;
}

toolchain::BuildEngineOptions engine_options(const BuildOptions& options,
                                             const InterruptWatch& watch) {
  const cuda::LibrarySearch search{.directory = options.cuda_libraries.path};
  const auto gpu = toolchain::gpu_for(toolchain::targets_from(*options.target), search);
  return {.checkpoint = options.checkpoint.path,
          .output = options.output.path,
          .dummy_seed = options.dummy_weights,
          .dtype = options.dtype,
          .target = *options.target,
          .block_size = options.block_size,
          .self_contained = options.self_contained,
          .strict = options.strict,
          .dump_passes = options.dump_passes.path,
          .skip_passes = options.skip_passes,
          .timing_cache = options.timing_cache.path,
          .compile = {.kernel_source = options.kernel_source.path,
                      .compiler = std::filesystem::read_symlink("/proc/self/exe"),
                      .libraries = search},
          .gpu = gpu,
          .plant = options.plant,
          .progress = show_progress,
          .check = [&watch] { watch.check(); }};
}

// A signal ends the build between two pieces of its work, and nothing is left behind.
toolchain::EngineReport build_engine(const BuildOptions& options) {
  const InterruptWatch watch({SIGINT, SIGTERM, SIGHUP});
  try {
    return toolchain::build_engine(engine_options(options, watch));
  } catch (const Error&) {
    watch.check();  // a worker process that ended of the same Ctrl-C is no error of its own
    throw;
  }
}

BuildOptions with_target(BuildOptions options) {
  if (!options.target) {
    options.target = toolchain::default_target({.directory = options.cuda_libraries.path});
  }
  return options;
}

ExitCode build(const BuildOptions& given) {
  const BuildOptions options = with_target(given);
  check_usage(options);
  check_plant(options.plant);
  if (!options.kernel_source.empty()) {
    blame_flag("--kernel-source",
               [&] { kernels::check_source_folder(options.kernel_source.path); });
  }
  blame_flag("--skip-pass", [&] { builder::check_pass_names(options.skip_passes); });
  const toolchain::EngineReport report = build_engine(options);
  if (options.json) {
    print_json(to_json(report));
  } else {
    print(summary(options, report));
  }
  return ExitCode::kOk;
}

}  // namespace

Command build_command() {
  return make_command<BuildOptions>(
      {"build",
       "compile a checkpoint into an engine",
       {"lathe build smollm2.gguf --output smollm2.engine",
        "lathe build models/llama --output llama.engine --dtype bf16 --strict",
        "lathe build config.json --dummy-weights 1 --output dummy.engine --target sm_90a"}},
      build);
}

}  // namespace lathe::app
