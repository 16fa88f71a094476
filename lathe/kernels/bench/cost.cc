// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/cost.h"

#include <algorithm>
#include <set>

#include "lathe/kernels/attention/visibility.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/matmul.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::kernels {

namespace {

// A symbol that is none of a language model's step stands for its tokens.
double elements(const TensorType& type, const BenchStep& step) {
  DimBindings bindings = step.bindings();
  double count = 1;
  for (const Dim& dim : type.shape) {
    std::set<std::string> symbols;
    dim.add_symbols(symbols);
    for (const std::string& symbol : symbols) bindings.try_emplace(symbol, step.tokens);
    count *= static_cast<double>(dim.evaluate(bindings));
  }
  return count;
}

double bytes_of(const TensorType& type, const BenchStep& step) {
  if (type.dtype == DType::kState) return 0;
  return elements(type, step) * bits_of(type.dtype) / 8;
}

double operand_bytes(const Problem& problem, const BenchStep& step) {
  double bytes = 0;
  for (const TensorType& type : problem.inputs) bytes += bytes_of(type, step);
  for (const TensorType& type : problem.outputs) bytes += bytes_of(type, step);
  return bytes;
}

// `weight`: the operand that is the weight.
void add_linear(const Problem& problem, const ops::Linear& linear, size_t weight,
                const BenchStep& step, Cost& cost) {
  const TensorType& type = problem.inputs[weight];
  const double rows =
      elements(problem.inputs[0], step) / elements({DType::kF32, {type.shape[1]}}, step);
  cost.flops = 2 * rows * elements(type, step);
  cost.integer = linear.input_block > 0;
}

// Keys that some query from `first` to `last` of a sequence sees: the sink tokens, and from the
// first one's window on.
int64_t keys_seen(const ops::AttentionOptions& options, const Query& first, const Query& last) {
  const int64_t behind = options.window == 0 ? first.position : options.window - 1;
  const int64_t begin = std::max<int64_t>(0, first.position - behind);
  const int64_t end = visible_keys(options, last).end;
  return end - begin + std::min<int64_t>(options.sink_tokens, begin);
}

// Query i of a sequence of the step.
Query query_of(const BenchStep& step, int64_t i) {
  return {.position = step.context + i, .kv_length = step.context + step.tokens / step.sequences};
}

// Pairs of a query and a key that it sees, of all sequences.
double visible_pairs(const ops::AttentionOptions& options, const BenchStep& step) {
  double pairs = 0;
  for (int64_t i = 0; i < step.tokens / step.sequences; ++i) {
    const Query query = query_of(step, i);
    pairs += static_cast<double>(keys_seen(options, query, query));
  }
  return pairs * static_cast<double>(step.sequences);
}

// The output is [tokens, heads, head_dim].
void add_attention(const Problem& problem, const ops::AttentionOptions& options,
                   const BenchStep& step, Cost& cost) {
  const double heads = elements({DType::kF32, {problem.outputs[0].shape[1]}}, step);
  const double head_dim = elements({DType::kF32, {problem.outputs[0].shape[2]}}, step);
  cost.flops = 4 * head_dim * heads * visible_pairs(options, step);
}

// Keys and values of `tokens` positions of each sequence.
double cache_bytes(const TensorType& cache, const BenchStep& step, int64_t tokens) {
  return 2 * elements({DType::kF32, cache.shape}, step) * bits_of(step.kv_dtype) / 8 *
         static_cast<double>(tokens);
}

double seen_cache_bytes(const TensorType& cache, const ops::AttentionOptions& options,
                        const BenchStep& step) {
  const Query last = query_of(step, std::max<int64_t>(1, step.tokens / step.sequences) - 1);
  return cache_bytes(cache, step, step.sequences * keys_seen(options, query_of(step, 0), last));
}

void add_rows_of_table(const Problem& problem, const BenchStep& step, Cost& cost) {
  const double rows = elements({DType::kF32, {problem.inputs[1].shape[0]}}, step);
  double table = 0;
  for (size_t i = 1; i < problem.inputs.size(); ++i) table += bytes_of(problem.inputs[i], step);
  const double read = std::min(static_cast<double>(step.tokens), rows);
  cost.bytes -= table * (1 - read / std::max(rows, 1.0));
}

// Of x, what the output holds.
void add_gathered(const Problem& problem, const BenchStep& step, Cost& cost) {
  cost.bytes += bytes_of(problem.outputs[0], step) - bytes_of(problem.inputs[0], step);
}

}  // namespace

Cost cost_of(const Problem& problem, const BenchStep& step) {
  Cost cost{.bytes = operand_bytes(problem, step)};
  const ops::Op& op = problem.op;
  if (const auto* linear = op.as<ops::Linear>()) {
    add_linear(problem, *linear, linear->num_input_tensors(), step, cost);
  } else if (const auto* norm = op.as<ops::NormLinear>()) {
    add_linear(problem, norm->linear, 2, step, cost);
  } else if (op.is<ops::MatMul>()) {
    cost.flops = 2 * elements(problem.outputs[0], step) *
                 elements({DType::kF32, {problem.inputs[0].shape.back()}}, step);
  } else if (const auto* attention = op.as<ops::Attention>()) {
    add_attention(problem, attention->options, step, cost);
  } else if (const auto* paged = op.as<ops::PagedAttention>()) {
    add_attention(problem, paged->options, step, cost);
    cost.bytes += seen_cache_bytes(problem.inputs[1], paged->options, step);
  } else if (const auto* fused = op.as<ops::RopePagedAttention>()) {
    add_attention(problem, fused->options, step, cost);
    cost.bytes += seen_cache_bytes(problem.inputs[0], fused->options, step);
  } else if (op.is<ops::Embedding>()) {
    add_rows_of_table(problem, step, cost);
  } else if (op.is<ops::Gather>()) {
    add_gathered(problem, step, cost);
  } else if (!problem.inputs.empty() && problem.inputs[0].dtype == DType::kState) {
    cost.bytes += cache_bytes(problem.inputs[0], step, step.tokens);
  }
  return cost;
}

}  // namespace lathe::kernels
