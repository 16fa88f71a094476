// SPDX-License-Identifier: Apache-2.0
#include "tests/model/engine_model.h"

#include <cstring>
#include <numeric>

#include "lathe/toolchain/open_model.h"

namespace lathe::testing {

EngineModel::EngineModel(const std::filesystem::path& checkpoint, const EngineModelOptions& options)
    : options_(options) {
  const toolchain::OpenModel model = toolchain::open_model(checkpoint);
  builder::BuildOptions build;
  build.catalog = model.catalog;
  build.weight_dtype = options.weight_dtype;
  build.block_size = options.block_size;
  engine::EngineData data;
  data.manifest.plans.push_back(builder::build(*model.network, build).plan);
  auto engine = exec::Engine::from_memory(std::move(data), exec::checkpoint_rows(model.checkpoint),
                                          {.threads = 2, .isa = options.isa});
  exec::SessionOptions session;
  session.limits = {{"tokens", 640}, {"sequences", 16}, {"table_width", 40}, {"logit_rows", 640}};
  session.num_blocks = kNumBlocks;
  session_ = std::make_unique<exec::Session>(std::move(engine), std::move(session));
}

Tensor EngineModel::run(std::span<const SequencePart> parts) {
  const graph::NamedTensors inputs = step_batch(parts);
  std::vector<exec::NamedView> views;
  for (const auto& [name, tensor] : inputs) views.push_back({name, tensor.view()});
  session_->run(views);
  const TensorView logits = session_->output("logits");
  Tensor copy(DType::kF32, {logits.size(0), logits.size(1)});
  std::memcpy(copy.data(), logits.data, static_cast<size_t>(logits.num_bytes()));
  return copy;
}

std::vector<int32_t> EngineModel::first_blocks(int64_t tokens) const {
  std::vector<int32_t> blocks(
      static_cast<size_t>((tokens + options_.block_size - 1) / options_.block_size));
  std::iota(blocks.begin(), blocks.end(), 0);
  return blocks;
}

Tensor EngineModel::logits(std::span<const int32_t> ids) {
  const auto tokens = static_cast<int64_t>(ids.size());
  const SequencePart whole{.ids = ids, .begin = 0, .end = tokens, .blocks = first_blocks(tokens)};
  return run({&whole, 1});
}

}  // namespace lathe::testing
