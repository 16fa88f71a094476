// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/open_model.h"

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/models/family.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::toolchain {

namespace {

namespace fs = std::filesystem;

// What "torch_dtype" may say, and what --dtype may.
struct DTypeName {
  std::string_view flag, config;
  DType dtype;
};
constexpr DTypeName kDTypes[] = {{"fp32", "float32", DType::kF32},
                                 {"bf16", "bfloat16", DType::kBf16},
                                 {"fp16", "float16", DType::kF16}};

// The dtype that a checkpoint of this config would be stored in: bf16 where it does not say.
DType config_dtype(const Json& config) {
  for (const std::string_view field : {"torch_dtype", "dtype"}) {
    const Json* found = config.find(field);
    if (found == nullptr || !found->is_string()) continue;
    for (const DTypeName& name : kDTypes) {
      if (name.config == found->as_string()) return name.dtype;
    }
  }
  return DType::kBf16;
}

// A step of a language model always brings all of its inputs.
void declare_step_inputs(graph::Network& network) {
  for (const ops::StepInput& input : ops::step_inputs()) network.input(input.name, input.type);
}

OpenModel from(models::Model model, Json config) {
  declare_step_inputs(*model.network);
  return {.checkpoint = nullptr,
          .config = std::move(config),
          .network = std::move(model.network),
          .facts = std::move(model.facts),
          .catalog = {}};
}

}  // namespace

OpenModel open_model(const fs::path& path) { return open_model(weights::open_checkpoint(path)); }

OpenModel open_model(std::shared_ptr<const weights::CheckpointReader> checkpoint) {
  OpenModel out = from(models::build_model(*checkpoint), checkpoint->config());
  out.catalog = builder::checkpoint_catalog(checkpoint,
                                            models::family_of(checkpoint->config()).unused_tensors);
  out.checkpoint = std::move(checkpoint);
  return out;
}

OpenModel open_config(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? path / "config.json" : path;
  const Json config = Json::parse(read_file(file), file.string());
  return with_context(file.string(), [&] {
    OpenModel out = from(models::build_model(config, Json::object()), config);
    out.catalog = builder::declared_catalog(*out.network, config_dtype(config));
    return out;
  });
}

std::optional<DType> weight_dtype_from(const std::string& dtype) {
  if (dtype == "auto") return std::nullopt;
  for (const DTypeName& name : kDTypes) {
    if (name.flag == dtype) return name.dtype;
  }
  fail(ErrorCode::kInvalidArgument, "--dtype: expected auto, fp32, bf16 or fp16, got ",
       quote(dtype));
}

std::optional<DType> weight_dtype_for(std::span<const kernels::Target> targets,
                                      const std::string& dtype, const Json& config) {
  const std::optional<DType> asked = weight_dtype_from(dtype);
  if (targets[0].device == DeviceKind::kCpu) return asked;
  if (asked == DType::kF32) {
    fail(ErrorCode::kInvalidArgument, "--dtype: expected auto, bf16 or fp16 for a GPU, got fp32");
  }
  if (asked) return asked;
  const DType stored = config_dtype(config);
  return stored == DType::kF32 ? DType::kBf16 : stored;
}

std::vector<kernels::Target> targets_from(const std::string& target) {
  if (target == "cpu") return builder::cpu_targets();
  if (target == "sm_90a") return {{.device = DeviceKind::kCuda, .sm = 90}};
  fail(ErrorCode::kInvalidArgument, "--target: expected cpu or sm_90a, got ", quote(target));
}

}  // namespace lathe::toolchain
