// SPDX-License-Identifier: Apache-2.0
// The goldens together run every kernel that is written for an H100: each is what the cost model
// chooses for some checkpoint at a number of tokens that one of its prompts has. Plans are made
// here, without a GPU; `lathe_gpu_tests engines` runs them.
#include <algorithm>
#include <set>

#include "lathe/kernels/kernel.h"
#include "lathe/toolchain/open_model.h"
#include "tests/model/golden.h"
#include "tests/support/fake_compiler.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::testing {
namespace {

constexpr std::string_view kH100 = ".cuda.sm90";
constexpr std::string_view kOps[] = {"linear", "norm_linear", "paged_attention",
                                     "rope_paged_attention"};
using Names = std::set<std::string, std::less<>>;

Names fast_kernels() {
  Names out;
  for (const std::string_view op : kOps) {
    for (const kernels::Kernel* kernel : kernels::kernels_for(op)) {
      if (kernel->name.find(kH100) != std::string_view::npos) out.emplace(kernel->name);
    }
  }
  return out;
}

engine::Plan plan_for_h100(const std::string& checkpoint, const FakeCompiler& compiler) {
  const toolchain::OpenModel model = toolchain::open_model(checkpoint_folder(checkpoint));
  builder::BuildOptions options;
  options.targets = toolchain::targets_from("sm_90a");
  options.catalog = model.catalog;
  options.compile.compiler = compiler.path();
  return builder::build(*model.network, options).plan;
}

// What a step of so many tokens runs, with logits of all of them.
Names kernels_at(const engine::Plan& plan, int64_t tokens) {
  Names out;
  for (const engine::PlanStep& step : plan.steps) {
    for (const engine::KernelChoice& choice : step.kernels[0].choices) {
      if (choice.up_to_tokens != 0 && tokens > choice.up_to_tokens) continue;
      out.insert(choice.kernel);
      break;
    }
  }
  return out;
}

// What the goldens run on a GPU.
struct Met {
  Names kernels;             // each prompt in one step
  size_t longest_fused = 0;  // prompt, of those whose attention rotates and writes
};

Met met_by_goldens() {
  Met met;
  const FakeCompiler compiler;
  for (const std::string& checkpoint : checkpoint_names()) {
    const engine::Plan plan = plan_for_h100(checkpoint, compiler);
    for (const std::vector<int32_t>& prompt : read_golden(checkpoint).prompts) {
      const Names kernels = kernels_at(plan, static_cast<int64_t>(prompt.size()));
      met.kernels.insert(kernels.begin(), kernels.end());
      if (!kernels.contains("rope_paged_attention.cuda.sm90")) continue;
      met.longest_fused = std::max(met.longest_fused, prompt.size());
    }
  }
  return met;
}

class FastKernels : public NeedsNvrtc {};

TEST_F(FastKernels, EachIsChosenForSomeGolden) {
  const Met met = met_by_goldens();
  const Names wanted = fast_kernels();
  EXPECT_GE(wanted.size(), 22u);
  for (const std::string& kernel : wanted) EXPECT_TRUE(met.kernels.contains(kernel)) << kernel;
  // Generation deals stripes of 16 tokens to four warps of up to eight blocks: here each has some.
  EXPECT_GT(met.longest_fused, size_t{16} * 4 * 8);
}

}  // namespace
}  // namespace lathe::testing
