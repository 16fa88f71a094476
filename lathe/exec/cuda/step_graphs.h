// SPDX-License-Identifier: Apache-2.0
// The CUDA graphs of a session: a whole generation step for each bucket of sequences, captured
// once. All that changes from step to step lies in the memory of the device.
#pragma once

#include <functional>
#include <vector>

#include "lathe/core/cuda/graph.h"
#include "lathe/exec/cuda/generation_batch.h"
#include "lathe/exec/cuda/input_area.h"

namespace lathe::exec {

class StepGraphs {
 public:
  // Binds the inputs of one bucket and enqueues the plan's steps.
  using Enqueue = std::function<void(std::span<const NamedView> inputs)>;

  // `inputs`: the names in the plan's order. Captures a graph for each of `buckets`.
  StepGraphs(const cuda::Stream& stream, InputArea& area, std::vector<std::string_view> inputs,
             std::span<const BucketShape> buckets, const Enqueue& enqueue);

  // Enqueues a step of so many sequences; false where no bucket holds them.
  bool run(std::span<const NamedView> inputs, int64_t sequences);
  // An input of the step that ran last, on the device: until the next is sent.
  const std::byte* input(std::string_view name) const;
  size_t num_nodes() const;  // of all graphs

 private:
  struct Bucket {
    BucketShape shape;
    InputPlacement placement;
    cuda::GraphExec graph;
  };
  Bucket capture_bucket(const BucketShape& shape, const Enqueue& enqueue) const;

  const cuda::Stream& stream_;
  InputArea& area_;
  std::vector<std::string_view> names_;
  std::vector<int64_t> sizes_;  // sequences of each bucket
  std::vector<Bucket> buckets_;
  const Bucket* last_ = nullptr;
};

}  // namespace lathe::exec
