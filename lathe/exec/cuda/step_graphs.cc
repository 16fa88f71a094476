// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/step_graphs.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::exec {

namespace {

InputPlacement placement_of(std::span<const std::string_view> names, const BucketShape& shape) {
  std::vector<int64_t> bytes;
  for (const std::string_view name : names) bytes.push_back(bucket_bytes(name, shape));
  return place_inputs(bytes);
}

// Of the largest bucket.
int64_t most_bytes(std::span<const std::string_view> names, std::span<const BucketShape> buckets) {
  return buckets.empty() ? kInputAlignment : placement_of(names, buckets.back()).bytes;
}

}  // namespace

StepGraphs::StepGraphs(const cuda::Stream& stream, const InputArea& area,
                       std::vector<std::string_view> inputs, std::span<const BucketShape> buckets,
                       const Enqueue& enqueue)
    : stream_(stream),
      area_(area),
      names_(std::move(inputs)),
      inputs_(stream, most_bytes(names_, buckets)) {
  for (const BucketShape& shape : buckets) {
    sizes_.push_back(shape.sequences);
    buckets_.push_back(capture_bucket(shape, enqueue));
  }
}

StepGraphs::Bucket StepGraphs::capture_bucket(const BucketShape& shape,
                                              const Enqueue& enqueue) const {
  InputPlacement placement = placement_of(names_, shape);
  LATHE_CHECK(placement.bytes <= area_.capacity(), "a bucket beyond the limits", placement.bytes);
  std::vector<NamedView> views;
  for (size_t i = 0; i < names_.size(); ++i) {
    views.push_back(
        {names_[i], bucket_view(names_[i], shape, area_.device() + placement.offsets[i])});
  }
  kernels::TakeCall take = inputs_.call();
  take.inputs = area_.device();
  take.bytes = placement.bytes;
  cuda::GraphExec graph = cuda::capture(stream_, [&] { enqueue(views, take); });
  graph.upload(stream_);
  return {shape, std::move(placement), std::move(graph)};
}

bool StepGraphs::run(std::span<const NamedView> inputs, int64_t sequences) {
  const std::optional<size_t> index = bucket_of(sizes_, sequences);
  if (!index) return false;
  const Bucket& bucket = buckets_[*index];
  std::byte* stage = inputs_.stage();
  for (size_t i = 0; i < names_.size(); ++i) {
    const NamedView& input = *std::ranges::find(inputs, names_[i], &NamedView::name);
    fill_bucket(input, bucket.shape,
                reinterpret_cast<int32_t*>(stage + bucket.placement.offsets[i]));
  }
  bucket.graph.launch(stream_);
  inputs_.launched();
  last_ = &bucket;
  return true;
}

const std::byte* StepGraphs::input(std::string_view name) const {
  const auto index = static_cast<size_t>(std::ranges::find(names_, name) - names_.begin());
  LATHE_CHECK(last_ != nullptr && index < names_.size(), "no input of a step that ran", name);
  return area_.device() + last_->placement.offsets[index];
}

size_t StepGraphs::num_nodes() const {
  size_t nodes = 0;
  for (const Bucket& bucket : buckets_) nodes += bucket.graph.num_nodes();
  return nodes;
}

}  // namespace lathe::exec
