// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/generate_code.h"

#include <map>

#include "lathe/base/error.h"
#include "lathe/builder/codegen/code_request.h"
#include "lathe/core/cuda/arch.h"
#include "lathe/engine/problem.h"
#include "lathe/engine/usage.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/kernels/weights/cuda_fill.h"

namespace lathe::builder {

namespace {

using engine::Plan;

class Generator {
 public:
  Generator(Plan& plan, const CompileOptions& options)
      : plan_(plan),
        arch_(cuda::arch_of(plan.targets[0].sm)),
        options_{.source_folder = options.kernel_source, .block_size = plan.block_size} {}

  void run() {
    for (engine::PlanStep& step : plan_.steps) {
      const kernels::Problem problem = problem_of(plan_, step);
      for_each_choice(step.kernels[0], [&](engine::KernelChoice& choice) {
        choice.code = add(choice.kernel, [&](const kernels::GeneratorOptions& options) {
          return device_code(choice.kernel, problem, options);
        });
      });
    }
    const std::vector<bool> used = engine::used_weights(plan_, 0);
    for (size_t i = 0; i < used.size(); ++i) {
      if (used[i]) add_filler(plan_.weights[i]);
    }
    if (engine::has_logits(plan_)) {
      plan_.sampler = add(std::string(kernels::kSampleCode), kernels::sample_source);
    }
  }

  const CodeBatch& batch() const { return batch_; }
  const std::string& arch() const { return arch_; }

 private:
  // Integers and block formats have none: the host fills them.
  void add_filler(engine::PlanWeight& weight) {
    const ops::WeightFormatDesc& format = weight.format;
    if (!format.is_plain() || !kernels::can_fill(weight.layout, format.code_dtype)) return;
    const std::string name = kernels::fill_code(weight.layout, format.code_dtype);
    weight.code = add(name, [&](const kernels::GeneratorOptions& options) {
      return kernels::fill_source(name, options);
    });
  }

  std::string add(const std::string& name, const SourceFunction& source) {
    CodeRequest code = code_request(name, source, options_, arch_);
    batch_.add(code);
    return std::move(code.key);
  }

  Plan& plan_;
  std::string arch_;
  kernels::GeneratorOptions options_;
  CodeBatch batch_;
};

}  // namespace

engine::DeviceCode generate_code(Plan& plan, const CompileOptions& options) {
  const bool one_gpu = plan.targets.size() == 1 && plan.targets[0].device == DeviceKind::kCuda;
  LATHE_CHECK(one_gpu, "device code is for one GPU");
  Generator generator(plan, options);
  generator.run();
  engine::DeviceCode out = generator.batch().compile(options);
  out.arch = generator.arch();
  out.options = join(cuda::compile_options({.name = {}, .source = {}, .arch = out.arch}), " ");
  return out;
}

}  // namespace lathe::builder
