// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/step_operands.h"

#include <algorithm>

namespace lathe::kernels {

namespace {

struct Role {
  std::string_view op;
  size_t operand;
  std::string_view name;
};

constexpr Role kRoles[] = {
    {"embedding", 0, "token_ids"},
    {"rope", 1, "positions"},
    {"rope", 2, "lengths"},
    {"rope_kv_write", 2, "positions"},
    {"rope_kv_write", 3, "cu_q_lengths"},
    {"rope_kv_write", 4, "block_tables"},
    {"rope_kv_write", 5, "lengths"},
    {"kv_write", 3, "positions"},
    {"kv_write", 4, "cu_q_lengths"},
    {"kv_write", 5, "block_tables"},
    {"attention", 3, "cu_q_lengths"},
    {"paged_attention", 2, "cu_q_lengths"},
    {"paged_attention", 3, "kv_lengths"},
    {"paged_attention", 4, "block_tables"},
};

// Where a sequence's tokens begin in the step.
int64_t first_token(const BenchStep& step, int64_t sequence) {
  return step.tokens * sequence / step.sequences;
}

int64_t sequence_of(const BenchStep& step, int64_t token) {
  int64_t sequence = token * step.sequences / std::max<int64_t>(step.tokens, 1);
  while (first_token(step, sequence + 1) <= token) ++sequence;
  return sequence;
}

int64_t position_of(const BenchStep& step, int64_t token) {
  return step.context + token - first_token(step, sequence_of(step, token));
}

int64_t kv_length(const BenchStep& step, int64_t sequence) {
  return step.context + first_token(step, sequence + 1) - first_token(step, sequence);
}

int64_t value_of(std::string_view name, const BenchStep& step, int64_t index) {
  if (name == "cu_q_lengths") return first_token(step, index);
  if (name == "kv_lengths") return kv_length(step, index);
  if (name == "positions") return position_of(step, index);
  if (name == "lengths") return kv_length(step, sequence_of(step, index));
  return index;  // block_tables: every sequence has blocks of its own
}

}  // namespace

std::string_view step_operand(std::string_view op, size_t operand) {
  for (const Role& role : kRoles) {
    if (role.op == op && role.operand == operand) return role.name;
  }
  return {};
}

void fill_step_operand(std::string_view name, const BenchStep& step, int64_t token_limit,
                       const TensorView& out) {
  constexpr int64_t kScatter = 2654435761;  // ids from all over the table
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    const int64_t value = name == "token_ids"
                              ? (i + 1) * kScatter % std::max<int64_t>(token_limit, 1)
                              : value_of(name, step, i);
    out.as<int32_t>()[i] = static_cast<int32_t>(value);
  }
}

}  // namespace lathe::kernels
