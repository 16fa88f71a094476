// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/drift.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lathe/base/error.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::builder {

namespace {

// How far a value may be off, as a part of its greatest element. f32 kernels differ in the order of
// sums and in how they approximate functions; narrower dtypes round; codes may be off by one.
double tolerance_of(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return 1e-3;
    case DType::kF16:
      return 2e-3;
    case DType::kBf16:
      return 6e-3;
    case DType::kI8:
      return 1.01 / 127;
    default:
      return 0;
  }
}

struct Worst {
  int64_t element = 0;
  double expected = 0, got = 0;
  double error = 0;  // over the greatest element
};

Worst compare(const Tensor& got, const Tensor& expected) {
  if (got.num_elements() != expected.num_elements()) {
    fail(ErrorCode::kCorrupt, "the engine computes ", got.num_elements(), " elements, the other ",
         expected.num_elements(), ": they are different models");
  }
  Worst out;
  double greatest = 0, worst = -1;
  for (int64_t i = 0; i < expected.num_elements(); ++i) {
    const double wanted = load_element(expected.data(), expected.dtype(), i);
    const double found = load_element(got.data(), got.dtype(), i);
    greatest = std::max(greatest, std::abs(wanted));
    // What is not a number is as far off as can be, where the other one is.
    const bool same = wanted == found || (std::isnan(wanted) && std::isnan(found));
    const double distance = same ? 0 : std::abs(found - wanted);
    const double error = std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance;
    if (error <= worst) continue;
    worst = error;
    out = {i, wanted, found, 0};
  }
  out.error = worst <= 0      ? 0
              : greatest == 0 ? std::numeric_limits<double>::infinity()
                              : worst / greatest;
  return out;
}

std::string kernel_of(const engine::PlanStep& step, size_t target, const DimBindings& bindings) {
  const auto tokens = bindings.find(ops::kTokens);
  for (const engine::KernelChoice& choice : step.kernels[target].choices) {
    const bool serves = choice.up_to_tokens == 0 ||
                        (tokens != bindings.end() && tokens->second <= choice.up_to_tokens);
    if (serves) return choice.kernel;
  }
  return {};
}

}  // namespace

Tensor copy_of(const TensorView& view) {
  Tensor out(view.dtype, {view.shape().begin(), view.shape().end()});
  std::copy_n(static_cast<const std::byte*>(view.data), view.num_bytes(),
              static_cast<std::byte*>(out.data()));
  return out;
}

namespace {

// A GPU's kernels round to the dtype of their operands inside too: logits in f32 are no better than
// the halves they come from. (Weights are exact where activations are wide.)
double tolerance_of(const engine::Plan& plan, const engine::PlanStep& step, DType result) {
  double out = tolerance_of(result);
  for (const int input : step.inputs) {
    const engine::PlanValue& value = plan.values[static_cast<size_t>(input)];
    if (value.storage == engine::Storage::kWeight || !is_floating(value.type.dtype)) continue;
    out = std::max(out, tolerance_of(value.type.dtype));
  }
  return out;
}

}  // namespace

void record(const Comparison& comparison, const exec::Engine& engine, double tolerance,
            const DimBindings& bindings, DiffReport& report) {
  const Worst worst = compare(comparison.got, comparison.expected);
  ++report.values_compared;
  report.worst_error = std::max(report.worst_error, worst.error);
  const engine::PlanStep& step = engine.plan().steps[comparison.step];
  if (tolerance <= 0) tolerance = tolerance_of(engine.plan(), step, comparison.got.dtype());
  if (worst.error <= tolerance || report.first) return;
  report.first = Drift{.step = static_cast<int64_t>(comparison.step),
                       .op = step.op,
                       .value = comparison.name,
                       .kernel = kernel_of(step, engine.target(), bindings),
                       .element = worst.element,
                       .expected = worst.expected,
                       .got = worst.got,
                       .error = worst.error,
                       .tolerance = tolerance};
}

std::string to_text(const DiffReport& report) {
  if (!report.first) {
    return cat("no drift: ", report.values_compared, " values compared, worst error ",
               report.worst_error);
  }
  const Drift& drift = *report.first;
  return cat("step ", drift.step, ": ", drift.op, " (", drift.kernel, ") drifts: ", drift.value,
             "[", drift.element, "] is ", drift.got, ", the interpreter says ", drift.expected,
             "; error ", drift.error, " of the greatest element, tolerance ", drift.tolerance);
}

}  // namespace lathe::builder
