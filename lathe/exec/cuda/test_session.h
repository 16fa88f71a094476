// SPDX-License-Identifier: Apache-2.0
// For tests: sessions on the fake GPU, of two plans whose kernels are plain functions.
#pragma once

#include <gtest/gtest.h>

#include "lathe/exec/cuda/test_take.h"
#include "lathe/exec/session.h"
#include "lathe/exec/session_memory.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/step_inputs.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {

using testing::error_of;
using testing::FakeGpu;

inline constexpr int64_t kColumns = 8;
inline constexpr kernels::Target kGpu = {.device = DeviceKind::kCuda, .isa = {}, .sm = 90};

inline void give_kernel(TestPlan& plan, std::string_view kernel) {
  for (engine::PlanStep& step : plan.plan().steps) {
    step.kernels[0].choices[0].kernel = kernel;
    step.kernels[0].choices[0].code = "code";
  }
}

// As rms_norm.cuda.rows passes them.
struct NormParameters {
  const void* x;
  const void* residual;
  const void* weight;
  void* sum;
  void* y;
};

// y = x * weight: what a norm does to a row of ones, near enough for a test.
inline void scale_rows(FakeGpu::Launch& launch) {
  const auto& p = launch.as<NormParameters>();
  for (int64_t i = 0; i < launch.config.grid.x * kColumns; ++i) {
    store_element(
        p.y, DType::kBf16, i,
        load_element(p.x, DType::kBf16, i) * load_element(p.weight, DType::kBf16, i % kColumns));
  }
}

// z = norm(norm(x)), for a GPU.
inline TestPlan two_norms() {
  TestPlan plan(kGpu);
  const int x = plan.input("x", TensorType::parse("bf16[tokens, 8]"));
  const int w = plan.weight("w", {kColumns}, {.code_dtype = DType::kBf16});
  const int y = plan.step(ops::RmsNorm{}, {x, w});
  const int z = plan.step(ops::RmsNorm{}, {y, w});
  plan.output("z", z);
  plan.output("x again", x);
  give_kernel(plan, "rms_norm.cuda.rows");
  return plan;
}

// As embedding.cuda.rows passes them.
struct EmbeddingParameters {
  const int32_t* ids;
  const void* table;
  void* y;
};

// Row i of the table is all i.
template <DType kOutput>
void look_up(FakeGpu::Launch& launch) {
  const auto& p = launch.as<EmbeddingParameters>();
  for (int64_t i = 0; i < launch.config.grid.x * kColumns; ++i) {
    const int64_t row = i / kColumns;
    store_element(p.y, kOutput, i, p.ids[row]);
  }
}

// A "language model" whose logits are its tokens.
inline TestPlan echo(DType dtype = DType::kBf16) {
  TestPlan plan(kGpu);
  int ids = -1;
  for (const ops::StepInput& input : ops::step_inputs()) {
    const int value = plan.input(input.name, input.type);
    if (input.name == "token_ids") ids = value;
  }
  const int table = plan.weight("w", {16, kColumns}, {.code_dtype = DType::kBf16});
  const int y = plan.step(ops::Embedding{.format = {.code_dtype = DType::kBf16}, .dtype = dtype},
                          {ids, table});
  plan.output("logits", y);
  give_kernel(plan, "embedding.cuda.rows");
  return plan;
}

inline Tensor halves(std::vector<int64_t> sizes, const std::vector<float>& values) {
  return Tensor::from<float>(DType::kF32, std::move(sizes), values).to(DType::kBf16);
}
inline const Tensor kWeight = halves({kColumns}, {1, 2, 3, 4, 5, 6, 7, 8});

inline std::shared_ptr<const Engine> load(TestPlan plan, const FakeGpu& fake,
                                          Tensor weight = kWeight) {
  engine::EngineData data;
  data.manifest.plans = {plan.plan()};
  data.code.cubins = {{"code", FakeGpu::cubin()}};
  LoadOptions options;
  options.threads = 2;
  options.gpu = fake.open();
  return Engine::from_memory(std::move(data), memory_rows({{"w", std::move(weight)}}), options);
}

class CudaSession : public ::testing::Test {
 protected:
  CudaSession() {
    fake.kernels["rms_norm"] = scale_rows;
    fake.kernels["embedding_8"] = look_up<DType::kBf16>;
    fake.kernels["take"] = take_inputs;
  }
  double last(const TensorView& view) const {
    return load_element(view.data, view.dtype, view.num_elements() - 1);
  }
  FakeGpu fake;
  const Tensor x = halves({2, kColumns}, std::vector<float>(16, 1));
};

// The same with a sampler, for graphs and draws: its logits are f32.
inline TestPlan drawing_echo() {
  TestPlan plan = echo(DType::kF32);
  plan.plan().sampler = "code";
  return plan;
}
inline const Tensor kTable = halves({16, kColumns}, std::vector<float>(16 * kColumns, 0));

// The inputs of a step of sequences with so many tokens each.
struct StepInputs {
  std::vector<Tensor> memory;
  std::vector<NamedView> views;
  void add(std::string_view name, std::vector<int64_t> sizes, const std::vector<int32_t>& values) {
    memory.push_back(Tensor::from<int32_t>(DType::kI32, std::move(sizes), values));
    views.push_back({name, memory.back().view()});
  }
};

inline StepInputs step_of(const std::vector<int32_t>& tokens, const std::vector<int32_t>& starts) {
  const auto count = static_cast<int64_t>(tokens.size());
  const auto sequences = static_cast<int64_t>(starts.size()) - 1;
  const auto n = static_cast<size_t>(sequences);
  StepInputs step;
  step.add("token_ids", {count}, tokens);
  step.add("positions", {count}, std::vector<int32_t>(tokens.size(), 0));
  step.add("lengths", {count}, std::vector<int32_t>(tokens.size(), 1));
  step.add("cu_q_lengths", {sequences + 1}, starts);
  step.add("kv_lengths", {sequences}, std::vector<int32_t>(n, 1));
  step.add("block_tables", {sequences, 1}, std::vector<int32_t>(n, 0));
  std::vector<int32_t> rows(starts.begin() + 1, starts.end());
  for (int32_t& row : rows) --row;  // the last token of each
  step.add("logit_rows", {sequences}, rows);
  return step;
}

}  // namespace lathe::exec
