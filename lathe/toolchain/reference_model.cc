// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/reference_model.h"

#include <numeric>

#include "lathe/base/error.h"
#include "lathe/builder/parameters.h"

namespace lathe::toolchain {

namespace {

constexpr int64_t kBlockSize = 64;

int64_t blocks_for(int64_t tokens, int64_t block_size) {
  return (tokens + block_size - 1) / block_size;
}

Tensor i32(std::vector<int64_t> sizes, const std::vector<int32_t>& values) {
  return Tensor::from<int32_t>(DType::kI32, std::move(sizes), values);
}

std::vector<int32_t> counted(int64_t count) {
  std::vector<int32_t> out(static_cast<size_t>(count));
  std::iota(out.begin(), out.end(), 0);
  return out;
}

}  // namespace

graph::NamedTensors prompt_inputs(std::span<const int32_t> token_ids, int64_t block_size) {
  const auto tokens = static_cast<int64_t>(token_ids.size());
  const auto length = static_cast<int32_t>(tokens);
  const int64_t blocks = blocks_for(tokens, block_size);
  graph::NamedTensors out;
  out["token_ids"] = i32({tokens}, {token_ids.begin(), token_ids.end()});
  out["positions"] = i32({tokens}, counted(tokens));
  out["lengths"] = i32({tokens}, std::vector<int32_t>(token_ids.size(), length));
  out["cu_q_lengths"] = i32({2}, {0, length});
  out["kv_lengths"] = i32({1}, {length});
  out["block_tables"] = i32({1, blocks}, counted(blocks));
  out["logit_rows"] = i32({tokens}, counted(tokens));
  return out;
}

DimBindings prompt_limits(int64_t tokens, int64_t block_size) {
  return {{"tokens", tokens},
          {"sequences", 1},
          {"logit_rows", tokens},
          {"table_width", blocks_for(tokens, block_size)}};
}

ReferenceModel::ReferenceModel(const std::filesystem::path& checkpoint, int threads)
    : ReferenceModel(open_model(checkpoint), threads) {}

ReferenceModel::ReferenceModel(OpenModel model, int threads)
    : model_(std::move(model)), pool_(threads) {
  if (model_.checkpoint == nullptr) {
    fail(ErrorCode::kInvalidArgument, "the reference needs a checkpoint, got a config alone");
  }
  builder::BuildOptions options;
  options.catalog = model_.catalog;
  bound_ = builder::bind(*model_.network, options);
}

ReferenceModel::~ReferenceModel() = default;

Tensor ReferenceModel::logits(std::span<const int32_t> token_ids) {
  const auto tokens = static_cast<int64_t>(token_ids.size());
  graph::Interpreter interpreter(
      *bound_, builder::parameters_from(exec::checkpoint_rows(model_.checkpoint)), pool_,
      {.num_blocks = blocks_for(tokens, kBlockSize), .block_size = kBlockSize});
  return interpreter.run(prompt_inputs(token_ids, kBlockSize)).at("logits");
}

}  // namespace lathe::toolchain
