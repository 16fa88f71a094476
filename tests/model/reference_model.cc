// SPDX-License-Identifier: Apache-2.0
#include "tests/model/reference_model.h"

#include <cstring>

#include "lathe/quant/weight_format.h"

namespace lathe::testing {

namespace {

int code_of(const ops::CanonicalTensor& weight, int64_t index) {
  if (weight.format.code_dtype != DType::kU4) {
    return weight.values.values<int8_t>()[static_cast<size_t>(index)];
  }
  const auto byte = static_cast<const uint8_t*>(weight.values.data())[index / 2];
  return index % 2 == 0 ? byte & 15 : byte >> 4;
}

// (code - code_offset) * scale + minimum, element by element (ops/weight_format.h).
Tensor dequantized(const ops::CanonicalTensor& weight) {
  const ops::WeightFormatDesc& format = weight.format;
  Tensor out(DType::kF32, weight.values.sizes());
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    const int64_t block = i / format.block_cols;
    const double scale = load_element(weight.scales.data(), format.scale_dtype, block);
    const auto product =
        static_cast<float>(code_of(weight, i) - format.code_offset) * static_cast<float>(scale);
    const double minimum =
        format.has_minimums ? load_element(weight.minimums.data(), format.scale_dtype, block) : 0;
    out.values<float>()[static_cast<size_t>(i)] = product + static_cast<float>(minimum);
  }
  return out;
}

Tensor read_source(const weights::CheckpointReader& checkpoint, const ops::WeightSource& source) {
  const quant::Weight weight = quant::find_weight(checkpoint, source);
  const ops::CanonicalTensor rows = weight.format->read(checkpoint, source, {0, weight.shape[0]});
  return rows.format.is_plain() ? rows.values.to(DType::kF32) : dequantized(rows);
}

}  // namespace

graph::ParameterSource checkpoint_parameters(
    std::shared_ptr<const weights::CheckpointReader> checkpoint) {
  return [checkpoint](graph::Value parameter) {
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
