// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/weight_rows.h"

#include "lathe/base/random.h"
#include "lathe/exec/load_weight.h"
#include "lathe/quant/coding.h"

namespace lathe::exec {

namespace {

ops::CanonicalTensor plain(Tensor values) {
  ops::CanonicalTensor out;
  out.format.code_dtype = values.dtype();
  out.values = std::move(values);
  return out;
}

std::vector<int64_t> slice_sizes(const engine::PlanWeight& weight, quant::RowRange rows) {
  std::vector<int64_t> sizes = weight.shape;
  sizes[0] = rows.end - rows.begin;
  return sizes;
}

}  // namespace

RowReader checkpoint_rows(std::shared_ptr<const weights::CheckpointReader> checkpoint) {
  return [checkpoint = std::move(checkpoint)](const engine::PlanWeight& weight, size_t source,
                                              quant::RowRange rows) {
    const ops::WeightSource& from = weight.sources[source];
    const quant::Weight found = quant::find_weight(*checkpoint, from);
    std::vector<int64_t> expected = weight.shape;
    expected[0] = weight.source_rows[source];
    const bool fits = found.desc == weight.format || weight.format.is_plain();
    if (found.shape != expected || !fits) {
      fail(ErrorCode::kCorrupt, checkpoint->source(), ": weight ", quote(from.tensor), " is ",
           found.desc.name, Shape({found.shape.begin(), found.shape.end()}).to_string(),
           ", the engine expects ", weight.format.name,
           Shape({expected.begin(), expected.end()}).to_string());
    }
    return found.format->read(*checkpoint, from, rows);
  };
}

float dummy_mean(std::string_view source) {
  const auto has = [&](std::string_view part) { return source.find(part) != source.npos; };
  return has("norm") || has("ln_") ? 1.0f : 0.0f;
}

RowReader dummy_rows(int64_t seed) {
  return [seed](const engine::PlanWeight& weight, size_t source, quant::RowRange rows) {
    const std::string& name = weight.sources[source].tensor;
    const uint64_t stream = stream_of(name.c_str());
    const float mean = dummy_mean(name);
    const int64_t cols = row_elements(weight);
    Tensor values(DType::kF32, slice_sizes(weight, rows));
    const auto out = values.values<float>();
    const auto first = static_cast<uint64_t>(rows.begin * cols);
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = mean + kDummyDeviation * normal_at(static_cast<uint64_t>(seed), stream, first + i);
    }
    return weight.format.is_plain() ? plain(values) : quant::encode(values, weight.format);
  };
}

RowReader memory_rows(std::map<std::string, Tensor, std::less<>> tensors) {
  return [tensors = std::move(tensors)](const engine::PlanWeight& weight, size_t source,
                                        quant::RowRange rows) {
    const std::string& name = weight.sources[source].tensor;
    const auto found = tensors.find(name);
    if (found == tensors.end()) fail(ErrorCode::kNotFound, "no weight is called ", quote(name));
    const Tensor& whole = found->second;
    std::vector<int64_t> expected = weight.shape;
    expected[0] = weight.source_rows[source];
    if (whole.sizes() != expected || !is_floating(whole.dtype())) {
      fail(ErrorCode::kInvalidArgument, "weight ", quote(name), " is ", to_string(whole.dtype()),
           Shape({whole.sizes().begin(), whole.sizes().end()}).to_string(),
           ", expected a floating ", Shape({expected.begin(), expected.end()}).to_string());
    }
    const int64_t row_bytes = bytes_for(whole.dtype(), row_elements(weight));
    auto* data = static_cast<std::byte*>(whole.data()) + rows.begin * row_bytes;
    return plain(
        Tensor(whole.dtype(), slice_sizes(weight, rows), std::make_shared<Tensor>(whole), data));
  };
}

}  // namespace lathe::exec
