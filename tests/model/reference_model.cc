// SPDX-License-Identifier: Apache-2.0
#include "tests/model/reference_model.h"

#include "lathe/quant/coding.h"
#include "lathe/quant/weight_format.h"

namespace lathe::testing {

namespace {

Tensor read_source(const weights::CheckpointReader& checkpoint, const ops::WeightSource& source) {
  const quant::Weight weight = quant::find_weight(checkpoint, source);
  const ops::CanonicalTensor rows = weight.format->read(checkpoint, source, {0, weight.shape[0]});
  return quant::decode(rows);
}

}  // namespace

graph::ParameterSource checkpoint_parameters(
    std::shared_ptr<const weights::CheckpointReader> checkpoint) {
  return [checkpoint = std::move(checkpoint)](graph::Value parameter) {
    const std::vector<ops::WeightSource>& sources =
        parameter.network().parameter_spec(parameter).sources;
    LATHE_CHECK(sources.size() <= 1, "a parameter of several tensors", parameter.name());
    return read_source(
        *checkpoint, sources.empty() ? ops::WeightSource{.tensor = parameter.name()} : sources[0]);
  };
}

ReferenceModel::ReferenceModel(std::shared_ptr<const weights::CheckpointReader> checkpoint)
    : checkpoint_(std::move(checkpoint)), model_(models::build_model(*checkpoint_)) {}

ReferenceModel::ReferenceModel(std::shared_ptr<const weights::CheckpointReader> checkpoint,
                               models::Model model)
    : checkpoint_(std::move(checkpoint)), model_(std::move(model)) {}

graph::NamedTensors ReferenceModel::values(std::span<const int32_t> ids) {
  constexpr int64_t kBlockSize = 16;
  if (!interpreter_) {
    interpreter_ = std::make_unique<graph::Interpreter>(
        network(), checkpoint_parameters(checkpoint_), pool_,
        graph::InterpreterOptions{.num_blocks = 64, .block_size = kBlockSize});
  }
  SequencePart whole{.ids = ids, .begin = 0, .end = static_cast<int64_t>(ids.size()), .blocks = {}};
  for (int32_t block = 0; block * kBlockSize < whole.end; ++block) whole.blocks.push_back(block);
  graph::NamedTensors named;
  const auto keep_named = [&](graph::NodeId node, std::span<const Tensor> outputs) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string& name = network().value_name(network().node(node).outputs[i]);
      if (!name.empty()) named[name] = outputs[i];
    }
  };
  graph::NamedTensors inputs = step_batch({&whole, 1});
  std::erase_if(inputs, [&](const auto& input) { return !network().find(input.first); });
  named.merge(interpreter_->run(inputs, keep_named));
  return named;
}

Tensor ReferenceModel::logits(std::span<const int32_t> ids) { return values(ids).at("logits"); }

}  // namespace lathe::testing
