// SPDX-License-Identifier: Apache-2.0
// Random plans: whatever the graph and the limits, no two values that live together share a byte,
// and the arena is no larger than all values side by side.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "lathe/builder/lower/memory_plan.h"
#include "lathe/engine/usage.h"

namespace lathe::builder {
namespace {

using engine::Plan;
using engine::PlanValue;
using engine::Storage;

class RandomPlan {
 public:
  explicit RandomPlan(uint32_t seed) : random_(seed) {
    if (below(3) == 0) plan_.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
    if (plan_.targets.empty()) plan_.targets = {{}};
    plan_.values.push_back({.name = "x", .type = {DType::kF32, {4}}, .storage = Storage::kInput});
    for (int steps = 1 + below(14); steps > 0; --steps) add_step();
    plan_.outputs = {{"y", any_value()}, {"z", any_value()}};
  }
  Plan take() { return std::move(plan_); }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  int any_value() { return below(static_cast<int>(plan_.values.size())); }

  TensorType any_type() {
    static constexpr DType kTypes[] = {DType::kF32, DType::kBf16, DType::kI8, DType::kBool};
    static constexpr const char* kSymbols[] = {"tokens", "logit_rows", "sequences"};
    Dim rows = below(4);
    if (below(4) != 0) rows = rows + Dim::symbol(kSymbols[below(3)]) * (1 + below(3));
    return {kTypes[below(4)], {rows, 1 + below(40)}};
  }

  void add_step() {
    engine::PlanStep step;
    for (int inputs = 1 + below(3); inputs > 0; --inputs) step.inputs.push_back(any_value());
    for (int outputs = 1 + below(2); outputs > 0; --outputs) {
      step.outputs.push_back(static_cast<int>(plan_.values.size()));
      plan_.values.push_back({.name = {}, .type = any_type()});
    }
    if (below(3) == 0) {
      const int base = any_value();
      const TensorType type = plan_.values[static_cast<size_t>(base)].type;
      plan_.values.push_back({.name = {}, .type = type, .storage = Storage::kAlias, .index = base});
    }
    step.kernels.resize(1);
    step.kernels[0].choices = {{.kernel = "k", .inputs = {}, .workspace_bytes = below(200)}};
    plan_.steps.push_back(std::move(step));
  }

  std::mt19937 random_;
  Plan plan_;
};

// Which arena values a step must find untouched, by walking the steps: written before or there,
// read there or later.
std::set<size_t> live_at(const Plan& plan, size_t step) {
  std::set<size_t> written, needed;
  for (size_t i = 0; i <= step; ++i) {
    for (const int value : plan.steps[i].outputs) written.insert(engine::root_of(plan, value));
  }
  for (const int value : plan.steps[step].outputs) needed.insert(engine::root_of(plan, value));
  for (size_t i = step; i < plan.steps.size(); ++i) {
    for (const int value : plan.steps[i].inputs) needed.insert(engine::root_of(plan, value));
  }
  for (const engine::PlanOutput& output : plan.outputs) {
    needed.insert(engine::root_of(plan, output.value));
  }
  std::set<size_t> live;
  std::ranges::set_intersection(written, needed, std::inserter(live, live.end()));
  std::erase_if(live, [&](size_t i) { return plan.values[i].storage != Storage::kArena; });
  return live;
}

struct Bytes {
  int64_t begin, end;
};

Bytes bytes_of(const Plan& plan, size_t value, const DimBindings& limits) {
  const PlanValue& at = plan.values[value];
  const int64_t begin = at.offset.evaluate(limits);
  const int64_t elements = at.type.shape.num_elements().evaluate(limits);
  return {begin, begin + bytes_for(at.type.dtype, elements)};
}

void expect_apart(const Plan& plan, const DimBindings& limits) {
  const int64_t alignment = engine::arena_alignment(plan);
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    std::vector<Bytes> taken;
    for (const size_t value : live_at(plan, step)) {
      const Bytes bytes = bytes_of(plan, value, limits);
      ASSERT_EQ(bytes.begin % alignment, 0);
      if (bytes.begin < bytes.end) taken.push_back(bytes);
    }
    std::ranges::sort(taken, {}, &Bytes::begin);
    for (size_t i = 0; i + 1 < taken.size(); ++i) ASSERT_LE(taken[i].end, taken[i + 1].begin);
    const int64_t workspace = plan.steps[step].kernels[0].choices[0].workspace_bytes.value();
    for (const Bytes& bytes : taken) {
      ASSERT_LE(bytes.end + workspace, plan.arena_bytes.evaluate(limits));
    }
  }
}

int64_t all_side_by_side(const Plan& plan, const DimBindings& limits) {
  const int64_t alignment = engine::arena_alignment(plan);
  int64_t sum = 0, workspace = 0;
  for (const PlanValue& value : plan.values) {
    if (value.storage != Storage::kArena) continue;
    sum += engine::aligned_bytes(value.type, alignment).evaluate(limits);
  }
  for (const engine::PlanStep& step : plan.steps) {
    workspace = std::max(workspace, step.kernels[0].choices[0].workspace_bytes.value());
  }
  return sum + (workspace + alignment - 1) / alignment * alignment;
}

TEST(RandomMemoryPlan, ValuesThatLiveTogetherKeepApartForAllLimits) {
  int shared = 0;
  for (uint32_t seed = 0; seed < 400; ++seed) {
    Plan plan = RandomPlan(seed).take();
    place_arena(plan);
    std::mt19937 random(seed);
    for (int i = 0; i < 6; ++i) {
      DimBindings limits{{"threads", 2}};
      for (const char* symbol : {"tokens", "logit_rows", "sequences"}) {
        limits[symbol] = 1 + static_cast<int64_t>(random() % (i < 3 ? 5 : 5000));
      }
      SCOPED_TRACE(cat("seed ", seed));
      ASSERT_NO_FATAL_FAILURE(expect_apart(plan, limits));
      ASSERT_NO_THROW(engine::verify_memory(plan, limits));
      const int64_t all = all_side_by_side(plan, limits);
      ASSERT_LE(plan.arena_bytes.evaluate(limits), all);
      shared += plan.arena_bytes.evaluate(limits) < all ? 1 : 0;
    }
  }
  EXPECT_GT(shared, 400) << "hardly any memory is shared";
}

// The verifier that readers of engines rely on is not the planner's friend.
TEST(RandomMemoryPlan, TheVerifierFindsAValueThatWasMoved) {
  int found = 0, harmful = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    Plan plan = RandomPlan(seed).take();
    place_arena(plan);
    const DimBindings limits{{"tokens", 7}, {"logit_rows", 3}, {"sequences", 2}, {"threads", 2}};
    for (size_t step = 0; step < plan.steps.size(); ++step) {
      const std::set<size_t> live = live_at(plan, step);
      if (live.size() < 2) continue;
      Plan moved = plan;
      const size_t a = *live.begin(), b = *live.rbegin();
      moved.values[a].offset = moved.values[b].offset;
      const Bytes of_a = bytes_of(moved, a, limits), of_b = bytes_of(moved, b, limits);
      if (of_a.begin == of_a.end || of_b.begin == of_b.end) continue;
      ++harmful;
      try {
        engine::verify_memory(moved, limits);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
        ++found;
      }
      break;
    }
  }
  EXPECT_GT(harmful, 100);
  EXPECT_EQ(found, harmful);
}

}  // namespace
}  // namespace lathe::builder
