// SPDX-License-Identifier: Apache-2.0
// The arena for given limits: every value inside it, none on another while both are live.
#include <algorithm>

#include "lathe/engine/plan.h"
#include "lathe/engine/usage.h"

namespace lathe::engine {

namespace {

// What the greediest choice takes off the arena's end.
int64_t workspace_at(const Plan& plan, const DimBindings& limits, int64_t alignment) {
  int64_t most = 0;
  for (const PlanStep& step : plan.steps) {
    for (const ChoiceTable& table : step.kernels) {
      for_each_choice(table, [&](const KernelChoice& choice) {
        most = std::max(most, choice.workspace_bytes.evaluate(limits));
      });
    }
  }
  return (most + alignment - 1) / alignment * alignment;
}

// Where values may lie.
struct Arena {
  int64_t bytes;
  int64_t alignment;
};

struct Range {
  size_t value;
  int64_t begin, end;
  Life life;
};

Range place(const Plan& plan, size_t index, const DimBindings& limits, const Arena& arena) {
  const PlanValue& value = plan.values[index];
  const int64_t begin = value.offset.evaluate(limits);
  const int64_t bytes = aligned_bytes(value.type, arena.alignment).evaluate(limits);
  if (begin < 0 || begin % arena.alignment != 0 || bytes < 0 || begin > arena.bytes - bytes) {
    fail(ErrorCode::kCorrupt, "value ", index, ": ", bytes, " bytes at ", begin,
         " are not in the arena of ", arena.bytes, " before its workspace, aligned to ",
         arena.alignment);
  }
  return {index, begin, begin + bytes, {}};
}

void check_apart(const Range& a, const Range& b) {
  const bool one_is_dead = a.life.begin > b.life.end || b.life.begin > a.life.end;
  if (one_is_dead || a.begin == a.end || b.begin == b.end || b.begin >= a.end) return;
  fail(ErrorCode::kCorrupt, "values ", a.value, " and ", b.value,
       " overlap in the arena while both are live");
}

}  // namespace

std::set<std::string> symbols(const Plan& plan) {
  std::set<std::string> out = {"threads"};
  for (const PlanValue& value : plan.values) {
    for (const Dim& dim : value.type.shape) dim.add_symbols(out);
    value.offset.add_symbols(out);
  }
  plan.arena_bytes.add_symbols(out);
  return out;
}

void verify_memory(const Plan& plan, const DimBindings& limits) {
  const std::vector<Life> lives = lives_of(plan);
  const int64_t alignment = arena_alignment(plan);
  const int64_t workspace = workspace_at(plan, limits, alignment);
  const int64_t bytes = plan.arena_bytes.evaluate(limits);
  if (workspace < 0 || bytes < workspace) {
    fail(ErrorCode::kCorrupt, "arena_bytes: ", bytes, ", expected at least the workspace of ",
         workspace);
  }
  const Arena arena{bytes - workspace, alignment};
  std::vector<Range> ranges;
  for (size_t i = 0; i < plan.values.size(); ++i) {
    if (plan.values[i].storage != Storage::kArena || lives[i].begin < 0) continue;
    ranges.push_back(place(plan, i, limits, arena));
    ranges.back().life = lives[i];
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (size_t i = 0; i < ranges.size(); ++i) {
    for (size_t j = i + 1; j < ranges.size() && ranges[j].begin < ranges[i].end; ++j) {
      check_apart(ranges[i], ranges[j]);
    }
  }
}

}  // namespace lathe::engine
