// SPDX-License-Identifier: Apache-2.0
// The CUDA graphs of a session: a whole generation step for each bucket of sequences, captured
// once. All that changes from step to step are its inputs, which the graph takes in first.
#pragma once

#include <functional>
#include <vector>

#include "lathe/core/cuda/graph.h"
#include "lathe/exec/cuda/generation_batch.h"
#include "lathe/exec/cuda/graph_inputs.h"
#include "lathe/exec/cuda/input_area.h"

namespace lathe::exec {

class StepGraphs {
 public:
  // Binds the inputs of one bucket and enqueues what takes them in, then the plan's steps. In the
  // call token ids and drawn tokens are not set.
  using Enqueue =
      std::function<void(std::span<const NamedView> inputs, const kernels::TakeCall& take)>;

  // `area`: where inputs lie on the device. `inputs`: the names in the plan's order. Captures a
  // graph for each of `buckets`, which ascend.
  StepGraphs(const cuda::Stream& stream, const InputArea& area,
             std::vector<std::string_view> inputs, std::span<const BucketShape> buckets,
             const Enqueue& enqueue);

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
  const InputArea& area_;
  std::vector<std::string_view> names_;
  GraphInputs inputs_;
  std::vector<int64_t> sizes_;  // sequences of each bucket
  std::vector<Bucket> buckets_;
  const Bucket* last_ = nullptr;
};

}  // namespace lathe::exec
