// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/linear/cuda_any.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace linear_sm90 {
std::string prelude(const Layer& layer, const ops::RmsNorm* norm) {
  const ops::Linear& op = layer.op;
  const MmaShape shape = layer.shape();
  return cat(device_macro("LATHE_MOST_RESIDENT", most_resident(shape)),
             "using Element = ", device_type(layer.operands[0].dtype), ";\n",  //
             "using Output = ", device_type(layer.y.dtype), ";\n",             //
             "constexpr int kTiles = ", shape.tiles, ", kGroups = ", shape.groups,
             ", kSteps = ", shape.steps, ";\n",  //
             "constexpr int kRows = ", layer.y.shape.back().value(),
             ", kColumns = ", layer.columns(), ";\n",  //
             "constexpr int kPairTokens = ", kPairTokens, ", kPairDepth = ", kPairDepth, ";\n",
             "constexpr int kStreamedXStages = ", kStreamedXStages,
             ", kSplitXBytes = ", kSplitXBytes, ", kMaxStages = ", kMaxStages, ";\n",
             device_flag("kGated", op.gated), device_flag("kBias", op.bias),
             device_flag("kResidual", op.residual), device_flag("kNormalize", norm != nullptr),  //
             "constexpr float kEps = ", device_constant(norm != nullptr ? norm->eps : 0), ";\n",
             device_activation(op.activation));
}

}  // namespace linear_sm90

namespace linear_any {

std::string prelude(const Layer& layer) {
  const ops::Linear& op = layer.op;
  const DType x = layer.operands[0].dtype;
  return cat(device_alias("LinearX", x), device_alias("LinearWeight", layer.operands[1].dtype),
             device_alias("LinearBias", op.bias ? layer.operands[2].dtype : x),
             device_alias("LinearResidual", op.residual ? layer.operands.back().dtype : x),
             device_alias("LinearOutput", layer.y.dtype), device_flag("kLinearGated", op.gated),
             device_flag("kLinearBias", op.bias), device_flag("kLinearResidual", op.residual),
             device_activation(op.activation));
}

}  // namespace linear_any

namespace {

using linear_sm90::Strategy;

template <Strategy kStrategy>
std::string sm90_source(const Problem& problem, const GeneratorOptions& options) {
  return assemble(linear_sm90::facts_of(kStrategy).source,
                  linear_sm90::prelude(linear_sm90::layer_of(problem), nullptr),
                  options.source_folder);
}

std::string cublaslt_source(const Problem& problem, const GeneratorOptions& options) {
  return assemble("lathe/kernels/linear/cuda_cublaslt.cuh",
                  linear_sm90::prelude(linear_sm90::layer_of(problem), nullptr),
                  options.source_folder);
}

std::string any_source(const Problem& problem, const GeneratorOptions& options) {
  return assemble("lathe/kernels/linear/cuda_any.cuh",
                  linear_any::prelude(linear_sm90::layer_of(problem)), options.source_folder);
}

}  // namespace

std::span<const Generator> linear_generators() {
  static constexpr Generator kAll[] = {
      {"linear.cuda.sm90.few", sm90_source<Strategy::kFew>},
      {"linear.cuda.sm90.few.gated", sm90_source<Strategy::kFew>},
      {"linear.cuda.sm90.pair", sm90_source<Strategy::kPair>},
      {"linear.cuda.sm90.pair.gated", sm90_source<Strategy::kPair>},
      {"linear.cuda.sm90.split", sm90_source<Strategy::kSplit>},
      {"linear.cuda.sm90.split.gated", sm90_source<Strategy::kSplit>},
      {"linear.cuda.sm90.tile128", sm90_source<Strategy::kTile128>},
      {"linear.cuda.sm90.tile128.gated", sm90_source<Strategy::kTile128>},
      {"linear.cuda.sm90.tile256", sm90_source<Strategy::kTile256>},
      {"linear.cuda.sm90.tile256.gated", sm90_source<Strategy::kTile256>},
      {"linear.cuda.cublaslt", cublaslt_source},
      {"linear.cuda.cublaslt.gated", cublaslt_source},
      {"linear.cuda.any", any_source}};
  return kAll;
}

}  // namespace lathe::kernels
