// SPDX-License-Identifier: Apache-2.0
// Collectives over a process group; inserted by the sharding pass, never by a model.
#pragma once

#include "lathe/ops/op.h"

namespace lathe::ops {

// Sum over all ranks, in rank order, f32.
struct AllReduce {
  static constexpr OpInfo kInfo{
      .name = "all_reduce",
      .formula = "y = sum over ranks of x",
      .rule = "x: floating -> the same type",
      .source = "",
  };
  int group_size = 1;
  bool operator==(const AllReduce&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("group_size", &AllReduce::group_size);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// All ranks' pieces, joined in rank order.
struct AllGather {
  static constexpr OpInfo kInfo{
      .name = "all_gather",
      .formula = "y = [x of rank 0, x of rank 1, ...]",
      .rule = "x -> group_size times as long along axis",
      .source = "",
  };
  int group_size = 1;
  int axis = -1;
  bool operator==(const AllGather&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("group_size", &AllGather::group_size);
    v("axis", &AllGather::axis);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Sum over all ranks; each keeps its piece.
struct ReduceScatter {
  static constexpr OpInfo kInfo{
      .name = "reduce_scatter",
      .formula = "y = piece of rank r of the sum over ranks of x",
      .rule = "x -> 1 / group_size of the length along axis",
      .source = "",
  };
  int group_size = 1;
  int axis = 0;
  bool operator==(const ReduceScatter&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("group_size", &ReduceScatter::group_size);
    v("axis", &ReduceScatter::axis);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
