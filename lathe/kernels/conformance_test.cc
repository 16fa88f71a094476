// SPDX-License-Identifier: Apache-2.0
// Every CPU kernel of every op against float64 results made by numpy: in each dtype, with 1 and 3
// threads, references with strided views too; canaries lie around outputs and workspace.
#include <gtest/gtest.h>

#include <filesystem>

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/kv_cache_view.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/linear.h"
#include "tests/support/golden_compare.h"
#include "tests/support/guarded_tensor.h"

namespace lathe::kernels {
namespace {

using testing::Arrangement;
using testing::GoldenOperand;
using testing::GoldenProblem;
using testing::GuardedTensor;

struct Subject {
  std::string_view op;
  const Kernel* kernel;
  bool is_reference() const { return kernel->name.ends_with(".ref"); }
};

void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.kernel->name; }

struct Setting {
  DType dtype;  // of what is "float"
  Arrangement arrangement = Arrangement::kContiguous;
  ThreadPool* pool = nullptr;
};

ThreadPool& pool_of(int threads) {
  static ThreadPool one(1);
  static ThreadPool three(3);
  return threads == 1 ? one : three;
}

// Attributes with "float" replaced by the dtype of the run.
Json in_dtype(const Json& json, DType dtype) {
  if (json.is_string()) return json.as_string() == "float" ? Json(to_string(dtype)) : json;
  if (json.is_array()) {
    Json out = Json::array();
    for (const Json& item : json.as_array()) out.push_back(in_dtype(item, dtype));
    return out;
  }
  if (!json.is_object()) return json;
  Json out = Json::object();
  for (const Json::Member& member : json.as_object()) {
    out[member.first] = in_dtype(member.second, dtype);
  }
  return out;
}

TensorType type_of(const GoldenOperand& operand, DType dtype) {
  std::vector<Dim> dims(operand.shape.begin(), operand.shape.end());
  if (operand.dtype == "state") dims = {dims.at(1), dims.at(3)};
  return {operand.dtype_in(dtype), Shape(std::move(dims))};
}

Problem problem_of(std::string_view op, const GoldenProblem& golden, DType dtype) {
  Problem problem{ops::Op::parse(op, in_dtype(golden.attributes, dtype)), {}, {}};
  for (const GoldenOperand& input : golden.inputs) {
    problem.inputs.push_back(type_of(input, dtype));
  }
  for (const GoldenOperand& output : golden.outputs) {
    problem.outputs.push_back(type_of(output, dtype));
  }
  return problem;
}

// An operand in memory; of a cache its keys and values.
class Operand {
 public:
  Operand(const GoldenOperand& golden, const Setting& setting) {
    const bool state = golden.dtype == "state";
    const DType dtype = state ? setting.dtype : golden.dtype_in(setting.dtype);
    const Arrangement arrangement = state ? Arrangement::kContiguous : setting.arrangement;
    tensors_.emplace_back(dtype, golden.shape, arrangement);
    if (!state) return;
    tensors_.emplace_back(dtype, golden.shape, arrangement);
    cache_ = std::make_unique<KvCacheView>(KvCacheView{.keys = tensors_[0].view().data,
                                                       .values = tensors_[1].view().data,
                                                       .dtype = dtype,
                                                       .num_blocks = golden.shape.at(0),
                                                       .block_size = golden.shape.at(2),
                                                       .kv_heads = golden.shape.at(1),
                                                       .head_dim = golden.shape.at(3)});
  }

  void fill(const GoldenOperand& golden) {
    testing::fill(tensors_[0].view(), golden.values);
    if (cache_ != nullptr) testing::fill(tensors_[1].view(), golden.more_values);
  }
  TensorView view() const {
    if (cache_ == nullptr) return tensors_[0].view();
    const int64_t sizes[] = {cache_->kv_heads, cache_->head_dim};
    return TensorView::contiguous(cache_.get(), DType::kState, sizes);
  }
  std::string difference(const GoldenOperand& golden, const GoldenProblem& problem) const {
    for (const GuardedTensor& tensor : tensors_) {
      if (!tensor.guards_hold()) return "memory outside the view was written";
      const auto& expected = &tensor == &tensors_[0] ? golden.values : golden.more_values;
      const std::string found = testing::difference(tensor.view(), expected, problem);
      if (!found.empty()) return found;
    }
    return {};
  }
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> out;
    for (const GuardedTensor& tensor : tensors_) {
      out.insert(out.end(), tensor.bytes().begin(), tensor.bytes().end());
    }
    return out;
  }

 private:
  std::vector<GuardedTensor> tensors_;
  std::unique_ptr<KvCacheView> cache_;
};

// Where a weight stands among an op's operands.
struct WeightPlace {
  size_t first;
  ops::WeightFormatDesc format;
};

WeightPlace weight_of(const ops::Op& op) {
  if (const auto* linear = op.as<ops::Linear>()) {
    return {linear->num_input_tensors(), linear->format};
  }
  if (const auto* embedding = op.as<ops::Embedding>()) return {1, embedding->format};
  fail(ErrorCode::kInternal, op.name(), " has no weight");
}

// Rows [first, last) of a contiguous matrix.
Tensor rows_of(const TensorView& matrix, int64_t first, int64_t last) {
  Tensor out(matrix.dtype, {last - first, matrix.size(1)});
  const int64_t row_bytes = bytes_for(matrix.dtype, matrix.size(1));
  if (out.num_bytes() == 0) return out;
  std::memcpy(out.data(), static_cast<const std::byte*>(matrix.data) + first * row_bytes,
              static_cast<size_t>(out.num_bytes()));
  return out;
}

// Packs group by group, as loading does, in place of the canonical tensors among `views`.
GuardedTensor pack_weight(const Layout& layout, const ops::Op& op, std::vector<TensorView>& views) {
  const WeightPlace place = weight_of(op);
  const auto first = views.begin() + static_cast<std::ptrdiff_t>(place.first);
  const std::vector<TensorView> parts(first, first + place.format.num_tensors());
  const int64_t rows = parts[0].size(0);
  const int64_t packed[] = {layout.packed_bytes(place.format, rows, parts[0].size(1))};
  GuardedTensor out(DType::kU8, packed, Arrangement::kContiguous);
  for (int64_t row = 0; row < rows; row += layout.row_multiple) {
    const int64_t last = std::min(row + layout.row_multiple, rows);
    ops::CanonicalTensor slice{place.format, rows_of(parts[0], row, last), {}, {}};
    if (parts.size() > 1) slice.scales = rows_of(parts[1], row, last);
    if (parts.size() > 2) slice.minimums = rows_of(parts[2], row, last);
    layout.pack(slice, row, rows, static_cast<std::byte*>(out.view().data));
  }
  views.erase(first + 1, first + place.format.num_tensors());
  views[place.first] = out.view();
  return out;
}

// A kernel's call on one problem, in one setting.
class Run {
 public:
  Run(const Kernel& kernel, const Problem& problem, const GoldenProblem& golden,
      const Setting& setting)
      : kernel_(kernel), problem_(problem), golden_(golden), setting_(setting) {
    for (const GoldenOperand& input : golden.inputs) {
      inputs_.emplace_back(input, setting).fill(input);
    }
    for (const GoldenOperand& output : golden.outputs) {
      if (output.dtype != "state") outputs_.emplace_back(output, setting);
    }
  }

  // What went wrong, or empty.
  std::string go() {
    // A state that is an output too is the first input.
    const auto is_state = [](const GoldenOperand& output) { return output.dtype == "state"; };
    const bool writes_state = std::any_of(golden_.outputs.begin(), golden_.outputs.end(), is_state);
    const std::vector<uint8_t> before = input_bytes(writes_state ? 1 : 0);
    std::string failure = call();
    if (failure.empty()) failure = check_outputs();
    if (failure.empty() && before != input_bytes(writes_state ? 1 : 0)) {
      failure = "an input was written";
    }
    return failure;
  }
  std::vector<uint8_t> output_bytes() const {
    std::vector<uint8_t> out;
    for (const Operand& output : outputs_) {
      const std::vector<uint8_t> bytes = output.bytes();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
  }

 private:
  std::vector<uint8_t> input_bytes(size_t first) const {
    std::vector<uint8_t> out;
    for (size_t i = first; i < inputs_.size(); ++i) {
      const std::vector<uint8_t> bytes = inputs_[i].bytes();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
  }

  std::string call() {
    std::vector<TensorView> inputs;
    std::vector<TensorView> outputs;
    for (const Operand& input : inputs_) inputs.push_back(input.view());
    size_t plain = 0;
    for (const GoldenOperand& output : golden_.outputs) {
      outputs.push_back(output.dtype == "state" ? inputs[0] : outputs_[plain++].view());
    }
    std::optional<GuardedTensor> packed;
    if (kernel_.layout != nullptr) packed = pack_weight(*kernel_.layout, problem_.op, inputs);
    const int64_t size[] = {workspace_bytes()};
    const GuardedTensor workspace(DType::kU8, size, Arrangement::kContiguous);
    kernel_.run({.op = problem_.op,
                 .inputs = inputs,
                 .outputs = outputs,
                 .workspace = {static_cast<std::byte*>(workspace.view().data),
                               static_cast<size_t>(size[0])},
                 .pool = *setting_.pool});
    if (packed && !packed->guards_hold()) return "pack() or run() wrote beyond the packed weight";
    if (!workspace.guards_hold()) return "memory outside the workspace was written";
    return {};
  }

  int64_t workspace_bytes() const {
    if (kernel_.workspace_bytes == nullptr) return 0;
    const DimBindings threads{{"threads", setting_.pool->num_threads()}};
    return kernel_.workspace_bytes(problem_).evaluate(threads);
  }

  std::string check_outputs() const {
    size_t plain = 0;
    for (size_t i = 0; i < golden_.outputs.size(); ++i) {
      const GoldenOperand& expected = golden_.outputs[i];
      const Operand& got = expected.dtype == "state" ? inputs_[0] : outputs_[plain++];
      const std::string found = got.difference(expected, golden_);
      if (!found.empty()) return cat("output ", i, ": ", found);
    }
    return {};
  }

  const Kernel& kernel_;
  const Problem& problem_;
  const GoldenProblem& golden_;
  const Setting& setting_;
  std::vector<Operand> inputs_;
  std::vector<Operand> outputs_;
};

// The first failure on a problem in one dtype and arrangement, with 1 and with 3 threads.
std::string failure_of(const Kernel& kernel, const Problem& problem, const GoldenProblem& golden,
                       Setting setting) {
  std::vector<uint8_t> alone;
  for (const int threads : {1, 3}) {
    setting.pool = &pool_of(threads);
    Run run(kernel, problem, golden, setting);
    const std::string found = run.go();
    if (!found.empty()) return cat(threads, " threads: ", found);
    if (threads == 1) alone = run.output_bytes();
    if (alone != run.output_bytes()) return "3 threads give other bits than 1";
  }
  return {};
}

bool supported_up_to(const Kernel& kernel, const Problem& problem, CpuIsa greatest) {
  for (const CpuIsa isa : enum_values(CpuIsa{})) {
    const Target target{.device = DeviceKind::kCpu, .isa = isa};
    if (isa <= greatest && kernel.supports(problem, target).ok) return true;
  }
  return false;
}

class Conformance : public ::testing::TestWithParam<Subject> {
 protected:
  // Runs the kernel on a problem in each dtype and arrangement.
  void check(const GoldenProblem& golden) {
    for (const DType dtype : golden.dtypes) {
      const Problem problem = problem_of(GetParam().op, golden, dtype);
      ASSERT_EQ(problem.op.infer(problem.inputs), problem.outputs) << golden.name;
      supported_elsewhere_ |= supported_up_to(*GetParam().kernel, problem, CpuIsa::kVnni);
      if (!supported_up_to(*GetParam().kernel, problem, machine_isa())) continue;
      supported_ = true;
      check(golden, problem, {.dtype = dtype});
      if (!GetParam().is_reference()) continue;
      check(golden, problem, {.dtype = dtype, .arrangement = Arrangement::kGaps});
      check(golden, problem, {.dtype = dtype, .arrangement = Arrangement::kReversed});
    }
  }
  void check(const GoldenProblem& golden, const Problem& problem, const Setting& setting) {
    const std::string where = cat(GetParam().kernel->name, " on ", golden.name, " in ",
                                  to_string(setting.dtype), ", ", to_string(setting.arrangement));
    const std::string failure = with_context(
        where, [&] { return failure_of(*GetParam().kernel, problem, golden, setting); });
    EXPECT_EQ(failure, "") << where;
  }

  bool supported_ = false;
  bool supported_elsewhere_ = false;
};

TEST_P(Conformance, GivesTheGoldenResults) {
  for (const GoldenProblem& golden : testing::golden_problems(GetParam().op)) check(golden);
  if (!supported_ && supported_elsewhere_) GTEST_SKIP() << "this CPU lacks the instructions";
  EXPECT_TRUE(supported_) << "supports none of the problems: add some that it does";
}

std::vector<Subject> subjects() {
  std::vector<Subject> out;
  for (const ops::OpDef* def : ops::all_ops()) {
    for (const Kernel* kernel : kernels_for(def->info.name)) {
      const bool on_cpu = kernel->name.find(".cpu.") != std::string_view::npos;
      if (on_cpu) out.push_back({def->info.name, kernel});
    }
  }
  return out;
}

std::string test_name(const ::testing::TestParamInfo<Subject>& info) {
  std::string name(info.param.kernel->name);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kernels, Conformance, ::testing::ValuesIn(subjects()), test_name);

class EveryOp : public ::testing::TestWithParam<const ops::OpDef*> {};

TEST_P(EveryOp, HasProblemsAndAReferenceThatClosesItsList) {
  const std::string_view op = GetParam()->info.name;
  EXPECT_GE(testing::golden_problems(op).size(), 20u) << "add some in tools/golden/ops";
  ASSERT_FALSE(kernels_for(op).empty()) << "add lathe/kernels/" << op;
  EXPECT_EQ(reference_kernel(op).name, cat(op, ".cpu.ref"));
  const std::string source = cat(LATHE_SOURCE_DIR "/", reference_source(op));
  EXPECT_TRUE(std::filesystem::exists(source)) << source;
  EXPECT_NE(read_file(source).find(cat('"', op, ".cpu.ref\"")), std::string::npos) << source;
}

TEST_P(EveryOp, KernelsAreNamedAfterItAndOnce) {
  const std::string_view op = GetParam()->info.name;
  for (const Kernel* kernel : kernels_for(op)) {
    EXPECT_TRUE(kernel->name.starts_with(cat(op, "."))) << kernel->name;
    EXPECT_EQ(find_kernel(kernel->name), kernel) << kernel->name << " is the name of two kernels";
    if (kernel->layout == nullptr) continue;
    EXPECT_EQ(find_layout(kernel->layout->id), kernel->layout);
  }
}

std::string op_name(const ::testing::TestParamInfo<const ops::OpDef*>& info) {
  return std::string(info.param->info.name);
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp,
                         ::testing::ValuesIn(ops::all_ops().begin(), ops::all_ops().end()),
                         op_name);

}  // namespace
}  // namespace lathe::kernels
