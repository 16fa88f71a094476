// SPDX-License-Identifier: Apache-2.0
// The reference interpreter: runs a network unbuilt, op by op, with the CPU reference kernels and
// every floating value in f32. Slow and clear; what engines are compared with.
//
//   Interpreter interpreter(network, parameters, pool);
//   NamedTensors outputs = interpreter.run({{"x", x}});
//
// The network has to outlive it. KV caches stay between runs. One thread at a time.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "lathe/base/thread_pool.h"
#include "lathe/core/tensor.h"
#include "lathe/graph/network.h"
#include "lathe/kernels/kv_cache_view.h"

namespace lathe::graph {

using NamedTensors = std::map<std::string, Tensor, std::less<>>;

// The tensor of a parameter: of its shape, floating ones of any floating dtype.
using ParameterSource = std::function<Tensor(Value parameter)>;

// Called with every op's results in running order; tensors may be kept. State outputs are left out.
using InterpreterTap = std::function<void(NodeId node, std::span<const Tensor> outputs)>;

struct InterpreterOptions {
  int64_t num_blocks = 64;  // KV blocks of every cache
  int64_t block_size = 64;  // tokens
};

class Interpreter {
 public:
  Interpreter(const Network& network, ParameterSource parameters, ThreadPool& pool,
              InterpreterOptions options = {});

  // All inputs by name; their sizes give the symbols their values. Throws kInvalidArgument naming
  // the input that is missing, unknown or misshapen.
  NamedTensors run(const NamedTensors& inputs, const InterpreterTap& tap = {});

  // One value from others that are known, such as an engine's own: nothing behind those is run, and
  // inputs have to be among them. A state that is known (by an empty tensor) is its cache as it is.
  Tensor evaluate(Value wanted, const std::map<ValueId, Tensor>& known,
                  const DimBindings& bindings);

  // The storage of a state, or of what an op that has run made of it.
  const kernels::KvCacheView& cache(Value state) const;

 private:
  struct Cache {
    Tensor keys, values;
    kernels::KvCacheView view;
  };
  std::vector<Tensor> run_views(NodeId node, std::span<const TensorView> inputs,
                                const DimBindings& bindings);
  TensorView operand(ValueId id, const std::map<ValueId, Tensor>& values);
  void run_into(NodeId node, std::map<ValueId, Tensor>& values, const DimBindings& bindings,
                const InterpreterTap& tap);

  const Network& network_;
  ParameterSource parameters_;
  ThreadPool& pool_;
  std::map<ValueId, Tensor> weights_;         // filled as they are first used
  std::map<ValueId, Cache*> cache_of_value_;  // states and what kv_write makes of them
  std::map<ValueId, Cache> caches_;
};

}  // namespace lathe::graph
