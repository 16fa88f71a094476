// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/memory_plan.h"

#include <algorithm>
#include <set>

#include "lathe/engine/usage.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::builder {

namespace {

using engine::Life;
using engine::Plan;
using engine::PlanValue;
using engine::Storage;

// Whether a <= b for all values of the symbols.
bool never_above(const Dim& a, const Dim& b) { return Dim::upper_bound(a, b) == b; }

// What orders forms: their size in a run of usual limits.
int64_t usual(const Dim& form) {
  std::set<std::string> symbols;
  form.add_symbols(symbols);
  DimBindings limits;
  for (const std::string& symbol : symbols) limits[symbol] = 64;
  if (limits.contains(ops::kTokens)) limits[std::string(ops::kTokens)] = 8192;
  return form.evaluate(limits);
}

struct Block {
  size_t value;
  Life life;
  Dim bytes;
  Dim offset = 0;
  Dim end() const { return offset + bytes; }
};

bool meet(const Life& a, const Life& b) { return a.begin <= b.end && b.begin <= a.end; }

// Whether the block would keep clear of all others at this offset.
bool fits(const Block& block, const Dim& offset, const std::vector<const Block*>& others) {
  const Dim end = offset + block.bytes;
  return std::all_of(others.begin(), others.end(), [&](const Block* other) {
    return never_above(end, other->offset) || never_above(other->end(), offset);
  });
}

// The lowest place where the block fits: the arena's start, or behind one of the others. Behind all
// of them always does.
Dim first_fit(const Block& block, const std::vector<const Block*>& others) {
  Dim best = 0;
  for (const Block* other : others) best = Dim::upper_bound(best, other->end());
  std::vector<Dim> candidates = {0};
  for (const Block* other : others) candidates.push_back(other->end());
  for (const Dim& candidate : candidates) {
    if (usual(candidate) < usual(best) && fits(block, candidate, others)) best = candidate;
  }
  return best;
}

std::vector<Block> arena_blocks(const Plan& plan) {
  const int64_t alignment = engine::arena_alignment(plan);
  const std::vector<Life> lives = engine::lives_of(plan);
  std::vector<Block> blocks;
  for (size_t i = 0; i < plan.values.size(); ++i) {
    if (plan.values[i].storage != Storage::kArena || lives[i].begin < 0) continue;
    blocks.push_back({i, lives[i], engine::aligned_bytes(plan.values[i].type, alignment)});
  }
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Block& a, const Block& b) { return usual(a.bytes) > usual(b.bytes); });
  return blocks;
}

Dim workspace_of(const Plan& plan) {
  const int64_t alignment = engine::arena_alignment(plan);
  Dim out = 0;
  for (const engine::PlanStep& step : plan.steps) {
    for (const engine::ChoiceTable& table : step.kernels) {
      for_each_choice(table, [&](const engine::KernelChoice& choice) {
        out = Dim::upper_bound(out, choice.workspace_bytes.scaled_up(1, 1, alignment));
      });
    }
  }
  return out;
}

}  // namespace

void place_arena(Plan& plan) {
  std::vector<Block> blocks = arena_blocks(plan);
  Dim end = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    std::vector<const Block*> others;
    for (size_t j = 0; j < i; ++j) {
      if (meet(blocks[i].life, blocks[j].life)) others.push_back(&blocks[j]);
    }
    blocks[i].offset = first_fit(blocks[i], others);
    plan.values[blocks[i].value].offset = blocks[i].offset;
    end = Dim::upper_bound(end, blocks[i].end());
  }
  plan.arena_bytes = end + workspace_of(plan);
}

}  // namespace lathe::builder
