// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/diff_engine.h"

#include "lathe/base/error.h"
#include "lathe/builder/parameters.h"
#include "lathe/toolchain/open_model.h"
#include "lathe/toolchain/reference_model.h"

namespace lathe::toolchain {

namespace {

// What the user named, else where the engine's weights come from. An engine of dummy weights keeps
// the config of its network.
OpenModel own_model(const DiffEngineOptions& options, const engine::Manifest& manifest) {
  if (!options.against.empty()) return open_model(options.against);
  if (!options.load.weights.empty()) return open_model(options.load.weights);
  if (manifest.checkpoint.dummy_seed) return open_config(options.engine);
  if (manifest.checkpoint.path.empty()) {
    fail(ErrorCode::kInvalidArgument, options.engine.string(),
         ": a self-contained engine names no checkpoint; name one with --against");
  }
  return open_model(manifest.checkpoint.path);
}

exec::RowReader rows_of(const OpenModel& model, const engine::Manifest& manifest) {
  if (model.checkpoint != nullptr) return exec::checkpoint_rows(model.checkpoint);
  return exec::dummy_rows(*manifest.checkpoint.dummy_seed);
}

void check_prompt(const DiffEngineOptions& options, int64_t vocab) {
  if (options.token_ids.empty()) fail(ErrorCode::kInvalidArgument, "the prompt has no tokens");
  for (const int32_t id : options.token_ids) {
    if (id >= 0 && id < vocab) continue;
    fail(ErrorCode::kInvalidArgument, "--token-ids: expected ids from 0 to ", vocab - 1, ", got ",
         id);
  }
}

builder::DiffOptions step_options(const DiffEngineOptions& options, const engine::Plan& plan) {
  builder::DiffOptions out;
  out.limits = prompt_limits(static_cast<int64_t>(options.token_ids.size()), plan.block_size);
  out.num_blocks = out.limits.at("table_width");
  out.tolerance = options.tolerance;
  return out;
}

void check_same_model(const engine::Manifest& a, const engine::Manifest& b) {
  if (a.model.family == b.model.family && a.model.vocab == b.model.vocab) return;
  fail(ErrorCode::kCorrupt, "they are different models: ", a.model.family, " with ", a.model.vocab,
       " tokens, and ", b.model.family, " with ", b.model.vocab);
}

}  // namespace

builder::DiffReport diff_engine(const DiffEngineOptions& options) {
  const auto engine = exec::load_engine(options.engine, options.load);
  const engine::Manifest& manifest = engine->manifest();
  check_prompt(options, manifest.model.vocab);
  const graph::NamedTensors inputs = prompt_inputs(options.token_ids, engine->plan().block_size);
  const builder::DiffOptions step = step_options(options, engine->plan());
  if (engine::is_engine(options.against)) {
    const auto against = exec::load_engine(options.against, options.load);
    check_same_model(manifest, against->manifest());
    return builder::diff_engines(engine, against, inputs, step);
  }
  const OpenModel model = own_model(options, manifest);
  builder::BuildOptions bind;
  bind.targets = engine->plan().targets;
  bind.catalog = model.catalog;
  bind.weight_dtype = weight_dtype_for(bind.targets, manifest.dtype, model.config);
  return builder::diff(engine, *builder::bind(*model.network, bind),
                       builder::parameters_from(rows_of(model, manifest)), inputs, step);
}

}  // namespace lathe::toolchain
