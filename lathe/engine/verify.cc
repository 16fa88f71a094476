// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lathe/engine/device_code.h"
#include "lathe/engine/plan.h"
#include "lathe/engine/verify_choice.h"
#include "lathe/kernels/kernel.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/kernels/weights/cuda_fill.h"

namespace lathe::engine {

namespace {

class Verifier {
 public:
  explicit Verifier(const Plan& plan) : plan_(plan), defined_(plan.values.size(), false) {}

  void run() {
    if (plan_.targets.empty()) fail(ErrorCode::kCorrupt, "a plan without targets");
    check_block_size();
    for (size_t i = 0; i < plan_.weights.size(); ++i) {
      with_context(cat("weight ", quote(plan_.weights[i].name)),
                   [&] { check_weight(plan_.weights[i]); });
    }
    for (size_t i = 0; i < plan_.values.size(); ++i) {
      with_context(cat("value ", i), [&] { check_value(i); });
    }
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      with_context(cat("step ", i, " (", quote(plan_.steps[i].op), ")"),
                   [&] { check_step(plan_.steps[i]); });
    }
    for (const PlanOutput& output : plan_.outputs) {
      with_context(cat("output ", quote(output.name)), [&] { check_use(output.value); });
    }
    check_sampler();
  }

 private:
  void check_block_size() const {
    const int64_t size = plan_.block_size;
    if (size < 1 || size > 4096 || (size & (size - 1)) != 0) {
      fail(ErrorCode::kCorrupt, "block_size: expected a power of two up to 4096, got ", size);
    }
  }

  template <class T>
  const T& at(const std::vector<T>& items, int index, std::string_view what) const {
    if (index < 0 || static_cast<size_t>(index) >= items.size()) {
      fail(ErrorCode::kCorrupt, what, ": index ", index, " is not below ", items.size());
    }
    return items[static_cast<size_t>(index)];
  }

  void check_weight(const PlanWeight& weight) const {
    Dim elements = 1;
    for (const int64_t size : weight.shape) {
      if (size < 0) fail(ErrorCode::kCorrupt, "shape: a negative size, ", size);
      elements = elements * std::max<int64_t>(size, 1);  // a layout pads what is empty too
    }
    (void)elements.scaled_up(64, 1, 64);  // refuses what overflows
    if (weight.sources.empty() || weight.sources.size() != weight.source_rows.size()) {
      fail(ErrorCode::kCorrupt, "sources: ", weight.sources.size(),
           ", source_rows: ", weight.source_rows.size());
    }
    Dim rows = 0;
    for (const int64_t count : weight.source_rows) {
      if (count < 0) fail(ErrorCode::kCorrupt, "source_rows: a negative number, ", count);
      rows = rows + count;
    }
    if (weight.shape.empty() || rows != Dim(weight.shape[0])) {
      fail(ErrorCode::kCorrupt, "source_rows sum to ", rows.to_string(),
           ", expected the first of shape");
    }
    check_format(weight);
    check_filler(weight);
    if (weight.layout.empty()) return;
    at(plan_.targets, weight.target, "target");
    if (kernels::find_layout(weight.layout) == nullptr) {
      fail(ErrorCode::kCorrupt, "layout ", quote(weight.layout), " is not one of this program's");
    }
    if (weight.shape.size() != 2) fail(ErrorCode::kCorrupt, "a packed weight that is no matrix");
  }

  static void check_format(const PlanWeight& weight) {
    const ops::WeightFormatDesc& format = weight.format;
    const bool fits = format.block_cols >= 1 && format.code_dtype != DType::kState &&
                      (format.is_plain() ||
                       (weight.shape.size() == 2 && weight.shape[1] % format.block_cols == 0));
    if (!fits) fail(ErrorCode::kCorrupt, "format ", quote(format.name), " does not fit the shape");
  }

  bool is_for_cpu() const {
    return std::ranges::find(plan_.targets, DeviceKind::kCpu, &kernels::Target::device) !=
           plan_.targets.end();
  }

  void check_sampler() const {
    if (plan_.sampler.empty()) return;
    if (!is_for_cpu() && has_logits(plan_) && is_code_key(plan_.sampler, kernels::kSampleCode))
      return;
    fail(ErrorCode::kCorrupt, "sampler: expected ", kernels::kSampleCode,
         " and a hash in a plan for a GPU with logits, else none, got ", quote(plan_.sampler));
  }

  void check_filler(const PlanWeight& weight) const {
    if (weight.code.empty()) return;
    if (is_for_cpu()) {
      fail(ErrorCode::kCorrupt, "code: expected none in a plan for a CPU, got ",
           quote(weight.code));
    }
    if (!kernels::can_fill(weight.layout, weight.format.code_dtype)) {
      fail(ErrorCode::kCorrupt, "code: no GPU fills ", to_string(weight.format.code_dtype),
           " in the layout ", quote(weight.layout));
    }
    const std::string name = kernels::fill_code(weight.layout, weight.format.code_dtype);
    if (!is_code_key(weight.code, name)) {
      fail(ErrorCode::kCorrupt, "code: expected ", name, " and a hash, got ", quote(weight.code));
    }
  }

  void check_value(size_t index) {
    const PlanValue& value = plan_.values[index];
    defined_[index] = value.storage == Storage::kInput || value.storage == Storage::kWeight ||
                      value.storage == Storage::kState;
    switch (value.storage) {
      case Storage::kInput:
        return;
      case Storage::kWeight: {
        at(plan_.weights, value.index, "weight");
        if (!value.type.shape.is_constant()) {
          fail(ErrorCode::kCorrupt, "a weight of symbolic shape ", value.type.to_string());
        }
        return check_weight_type(value);
      }
      case Storage::kState:
        return check_state(value);
      case Storage::kArena:
        (void)aligned_bytes(value.type, arena_alignment(plan_));
        return;
      case Storage::kAlias:
        return check_alias(index);
    }
  }

  void check_weight_type(const PlanValue& value) const {
    const PlanWeight& weight = plan_.weights[static_cast<size_t>(value.index)];
    const int64_t bytes = (value.type.shape.num_elements() * bits_of(value.type.dtype)).value() / 8;
    const int64_t rows = weight.shape[0];
    const int64_t cols = weight.shape.size() == 2 ? weight.shape[1] : 1;
    const int64_t held =
        weight.layout.empty()
            ? weight_bytes(weight)
            : kernels::find_layout(weight.layout)->packed_bytes(weight.format, rows, cols);
    if (bytes != held) {
      fail(ErrorCode::kCorrupt, "weight ", quote(weight.name), " has ", held, " bytes, its value ",
           value.type.to_string(), " ", bytes);
    }
  }

  void check_state(const PlanValue& value) const {
    const ops::StateSpec& spec = at(plan_.states, value.index, "state").spec;
    const Shape expected{Dim(spec.kv_heads), Dim(spec.head_dim)};
    const bool sane = spec.kv_heads >= 1 && spec.kv_heads <= (1 << 16) && spec.head_dim >= 1 &&
                      spec.head_dim <= (1 << 16);
    if (!sane || value.type != TensorType{DType::kState, expected}) {
      fail(ErrorCode::kCorrupt, "state: expected state", expected.to_string(), ", got ",
           value.type.to_string());
    }
  }

  void check_alias(size_t index) const {
    const PlanValue& value = plan_.values[index];
    if (value.index < 0 || static_cast<size_t>(value.index) >= index) {
      fail(ErrorCode::kCorrupt, "an alias of value ", value.index,
           ", which does not stand before it");
    }
    const PlanValue& base = plan_.values[static_cast<size_t>(value.index)];
    const bool same = value.type.dtype == base.type.dtype &&
                      (value.type.dtype == DType::kState ||
                       value.type.shape.num_elements() == base.type.shape.num_elements());
    if (!same) {
      fail(ErrorCode::kCorrupt, "an alias of type ", value.type.to_string(), " to ",
           base.type.to_string());
    }
  }

  void check_use(int index) const {
    at(plan_.values, index, "operand");
    if (!is_defined(static_cast<size_t>(index))) {
      fail(ErrorCode::kCorrupt, "value ", index, " is used before it is computed");
    }
  }

  // An alias holds what its base holds: a reshape has no step.
  bool is_defined(size_t index) const {
    while (!defined_[index] && plan_.values[index].storage == Storage::kAlias) {
      index = static_cast<size_t>(plan_.values[index].index);
    }
    return defined_[index];
  }

  void check_step(const PlanStep& step) {
    kernels::Problem problem{ops::Op::parse(step.op, step.attributes), {}, {}};
    for (const int input : step.inputs) {
      check_use(input);
      problem.inputs.push_back(plan_.values[static_cast<size_t>(input)].type);
    }
    for (const int output : step.outputs) {
      const PlanValue& value = at(plan_.values, output, "output");
      const bool computed = value.storage == Storage::kArena || value.storage == Storage::kAlias;
      if (!computed) fail(ErrorCode::kCorrupt, "output ", output, " is no computed value");
      problem.outputs.push_back(value.type);
      defined_[static_cast<size_t>(output)] = true;
    }
    const std::vector<TensorType> expected = problem.op.infer(problem.inputs);
    if (expected != problem.outputs) {
      fail(ErrorCode::kCorrupt, "outputs: expected ",
           expected.empty() ? "none" : expected[0].to_string(), ", got ",
           problem.outputs.empty() ? "none" : problem.outputs[0].to_string());
    }
    if (step.kernels.size() != plan_.targets.size()) {
      fail(ErrorCode::kCorrupt, "kernels: expected a table a target");
    }
    for (size_t target = 0; target < step.kernels.size(); ++target) {
      check_table(step, problem, target);
    }
  }

  void check_table(const PlanStep& step, const kernels::Problem& problem, size_t target) const {
    const auto& [choices, refused, fixed_bits] = step.kernels[target];
    if (refused != -1) at(plan_.refusals, refused, "refused");
    if (choices.empty() || choices.back().up_to_tokens != 0) {
      fail(ErrorCode::kCorrupt, "kernels: the last choice has to serve any number of tokens");
    }
    int64_t last = 0;
    for (const KernelChoice& choice : choices) {
      if (&choice != &choices.back() && choice.up_to_tokens <= last) {
        fail(ErrorCode::kCorrupt, "kernels: token ranges do not ascend");
      }
      check_choice(step, problem, choice, target);
      check_range(choice, last + 1);
      check_library(choice, &choice == choices.data() ? nullptr : &choice - 1);
      last = choice.up_to_tokens;
    }
    if (!fixed_bits) return;
    check_choice(step, problem, *fixed_bits, target);
    check_fixed_bits(*fixed_bits);
  }

  void check_choice(const PlanStep& step, const kernels::Problem& problem,
                    const KernelChoice& choice, size_t target) const {
    const kernels::Kernel* kernel = kernels::find_kernel(choice.kernel);
    const auto listed = kernels::kernels_for(step.op);
    if (kernel == nullptr || std::find(listed.begin(), listed.end(), kernel) == listed.end()) {
      fail(ErrorCode::kCorrupt, "kernel ", quote(choice.kernel),
           " is not one of this program's for ", step.op);
    }
    const kernels::Support support = kernel->supports(problem, plan_.targets[target]);
    if (!support.ok) {
      fail(ErrorCode::kCorrupt, "kernel ", kernel->name, " refuses: ", support.why_not);
    }
    const Dim workspace =
        kernel->workspace_bytes == nullptr ? Dim(0) : kernel->workspace_bytes(problem);
    if (choice.workspace_bytes != workspace) {
      fail(ErrorCode::kCorrupt, "kernel ", kernel->name, " needs ", workspace.to_string(),
           " bytes of workspace, got ", choice.workspace_bytes.to_string());
    }
    check_code(*kernel, choice);
    check_operands(step, problem.op, *kernel, choice);
  }

  // The choice's operands are the step's; a packed weight stands for the canonical tensors.
  void check_operands(const PlanStep& step, const ops::Op& op, const kernels::Kernel& kernel,
                      const KernelChoice& choice) const {
    for (const int input : choice.inputs) check_use(input);
    if (kernel.layout == nullptr) {
      if (choice.inputs != step.inputs)
        fail(ErrorCode::kCorrupt, "the kernel's operands are not the step's");
      return;
    }
    const size_t place = kernels::weight_operand(op);
    if (choice.inputs.size() <= place || step.inputs.size() <= place) {
      fail(ErrorCode::kCorrupt, "a packed weight is missing");
    }
    const PlanValue& packed = plan_.values[static_cast<size_t>(choice.inputs[place])];
    const PlanValue& codes = plan_.values[static_cast<size_t>(step.inputs[place])];
    const bool weights = packed.storage == Storage::kWeight && codes.storage == Storage::kWeight;
    if (!weights) fail(ErrorCode::kCorrupt, "a packed weight that is no weight");
    const PlanWeight& a = plan_.weights[static_cast<size_t>(packed.index)];
    const PlanWeight& b = plan_.weights[static_cast<size_t>(codes.index)];
    if (a.layout != kernel.layout->id || a.shape != b.shape || a.format != b.format) {
      fail(ErrorCode::kCorrupt, "weight ", quote(a.name), " is not packed for ", kernel.name);
    }
    std::vector<int> rest(step.inputs.begin(), step.inputs.end());
    const auto begin = rest.begin() + static_cast<std::ptrdiff_t>(place);
    rest.erase(begin, begin + std::min<std::ptrdiff_t>(a.format.num_tensors(), rest.end() - begin));
    rest.insert(rest.begin() + static_cast<std::ptrdiff_t>(place), choice.inputs[place]);
    if (rest != choice.inputs)
      fail(ErrorCode::kCorrupt, "the kernel's operands are not the step's");
  }

  const Plan& plan_;
  std::vector<bool> defined_;
};

// An op's rule blames its arguments; here they are the file's.
void check_steps(const Plan& plan) {
  try {
    Verifier(plan).run();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw Error(ErrorCode::kCorrupt, error.message());
  }
}

}  // namespace

void verify(const Plan& plan) {
  with_context(cat("plan ", quote(plan.name)), [&] {
    check_steps(plan);
    // Offsets are linear forms: a few values of the symbols show a plan that was made wrong. A
    // session verifies its own limits.
    for (const int64_t size : {1, 7, 64, 8192}) {
      DimBindings limits;
      for (const std::string& symbol : symbols(plan)) limits[symbol] = size;
      verify_memory(plan, limits);
    }
  });
}

}  // namespace lathe::engine
