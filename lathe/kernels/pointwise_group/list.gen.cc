// SPDX-License-Identifier: Apache-2.0
// The source of a pointwise group: where each operand's element lies, then a line a step.
#include <bit>

#include "lathe/kernels/device_code.h"
#include "lathe/kernels/pointwise_group/cuda_group.h"
#include "lathe/kernels/pointwise_group/value_type.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {
namespace {

// The device source's element type.
std::string element_type(DType dtype) {
  switch (dtype) {
    case DType::kI8:
      return "I8";
    case DType::kU8:
      return "U8";
    case DType::kI32:
      return "I32";
    case DType::kI64:
      return "I64";
    case DType::kBool:
      return "Bool";
    default:
      return cat("Floating<", device_type(dtype), ">");
  }
}

std::string literal(const ops::Constant& constant) {
  alignas(8) std::byte element[8];  // as the dtype rounds it
  store_element(element, constant.dtype, 0, constant.values.at(0));
  const double value = load_element(element, constant.dtype, 0);
  if (!is_floating(constant.dtype)) return cat("i64{", static_cast<int64_t>(value), "ll}");
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  return cat("__uint_as_float(", bits, "u)");
}

// The axes of the loop, those joined that every operand and result walks alike, and where an
// element lies in each.
class LoopIndex {
 public:
  LoopIndex(const Shape& loop, std::span<const TensorType> pointers) {
    for (int axis = 0; axis < loop.rank(); ++axis) {
      std::vector<bool> moves;
      for (const TensorType& type : pointers) moves.push_back(moves_along(type, loop, axis));
      const std::string size = size_of(loop, axis);
      if (!axes_.empty() && axes_.back().moves == moves) {
        axes_.back().size += cat(" * ", size);
      } else {
        axes_.push_back({std::move(moves), size});
      }
    }
  }

  // c0, c1, …: the element's place along every axis; n0, n1, …: their sizes.
  std::string coordinates() const {
    if (axes_.size() == 1) return "  const i64 c0 = element;\n";
    std::string out = "  i64 left = element;\n";
    for (size_t i = axes_.size(); i-- > 0;) {
      out += cat("  const i64 n", i, " = ", axes_[i].size, ", c", i, " = left % n", i,
                 ";\n  left /= n", i, ";\n");
    }
    return out;
  }
  std::string offset(size_t pointer) const {
    std::string out = "i64{0}", stride;
    for (size_t i = axes_.size(); i-- > 0;) {
      if (!axes_[i].moves[pointer]) continue;
      out += cat(" + c", i, stride);
      stride += cat(" * n", i);
    }
    return out;
  }
  // True for the one thread that writes an element of a result smaller than the loop.
  std::string is_first(size_t pointer) const {
    std::string out = "true";
    for (size_t i = 0; i < axes_.size(); ++i) {
      if (!axes_[i].moves[pointer]) out += cat(" && c", i, " == 0");
    }
    return out;
  }

 private:
  struct Axis {
    std::vector<bool> moves;  // one a pointer
    std::string size;
  };
  static bool moves_along(const TensorType& type, const Shape& loop, int axis) {
    const int own = axis - (loop.rank() - type.shape.rank());
    return own >= 0 && type.shape[own] != Dim(1);
  }
  static std::string size_of(const Shape& loop, int axis) {
    const std::optional<int64_t> constant = loop[axis].constant();
    if (constant) return cat("i64{", *constant, "}");
    return cat("p.sizes[", kMaxRank - loop.rank() + axis, "]");
  }
  std::vector<Axis> axes_;
};

std::string call(std::string_view family, std::string_view kind, std::string_view arguments) {
  return cat(family, "_", kind, "(", arguments, ")");
}

// A step's value before it is rounded to its type.
std::string expression(const ops::Op& op, const std::vector<std::string>& args,
                       const std::string& type) {
  std::string all = join(args, ", ");
  if (const auto* unary = op.as<ops::Unary>()) return call("unary", to_string(unary->kind), all);
  if (const auto* binary = op.as<ops::Binary>()) {
    return call("binary", to_string(binary->kind), all);
  }
  if (const auto* compare = op.as<ops::Compare>()) {
    return call("compare", to_string(compare->kind), all);
  }
  if (op.is<ops::Where>()) return cat(args[0], " != 0 ? ", args[1], " : ", args[2]);
  if (op.is<ops::Cast>()) return cat(type, "::convert(", all, ")");
  if (const auto* constant = op.as<ops::Constant>()) return literal(*constant);
  return all;  // broadcast_to: whoever reads it repeats it
}

class GroupSource {
 public:
  GroupSource(const ops::PointwiseGroup& group, const Problem& problem)
      : group_(group), problem_(problem), index_(loop(problem), pointers(problem)) {}

  std::string text() {
    out_ = "LATHE_DEVICE void evaluate(const PointwiseParameters& p, i64 element) {\n";
    out_ += index_.coordinates();
    for (size_t i = 0; i < problem_.inputs.size(); ++i) load(i);
    for (const ops::PointwiseStep& step : group_.steps) run(step);
    for (size_t i = 0; i < group_.outputs.size(); ++i) store(i);
    return out_ + "}\n";
  }

 private:
  static Shape loop(const Problem& problem) {
    const Shape shape = *pointwise_cuda::loop_shape(problem.outputs);
    return shape.rank() == 0 ? Shape({1}) : shape;
  }
  static std::vector<TensorType> pointers(const Problem& problem) {
    std::vector<TensorType> out = problem.inputs;
    out.insert(out.end(), problem.outputs.begin(), problem.outputs.end());
    return out;
  }

  void load(size_t input) {
    const DType dtype = problem_.inputs[input].dtype;
    out_ += cat("  const auto v", types_.size(), " = ", element_type(dtype), "::load(p.pointers[",
                input, "], ", index_.offset(input), ");\n");
    types_.push_back({dtype});
  }

  void run(const ops::PointwiseStep& step) {
    std::vector<std::string> args;
    std::vector<ValueType> operands;
    for (const int arg : step.args) {
      args.push_back(cat("v", arg));
      operands.push_back(types_[static_cast<size_t>(arg)]);
    }
    const ValueType result = result_type(step.op, operands);
    const std::string type = element_type(result.dtype);
    out_ += cat("  const auto v", types_.size(), " = ", type, "::round(",
                expression(step.op, args, type), ");\n");
    types_.push_back(result);
  }

  void store(size_t output) {
    const size_t pointer = problem_.inputs.size() + output;
    const std::string type = element_type(problem_.outputs[output].dtype);
    out_ +=
        cat("  if (", index_.is_first(pointer), ") ", type, "::store(p.pointers[", pointer, "], ",
            index_.offset(pointer), ", ", type, "::convert(v", group_.outputs[output], "));\n");
  }

  const ops::PointwiseGroup& group_;
  const Problem& problem_;
  LoopIndex index_;
  std::vector<ValueType> types_;
  std::string out_;
};

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const ops::PointwiseGroup group = pointwise_cuda::group_of(problem.op, problem.inputs.size());
  return assemble("lathe/kernels/pointwise_group/cuda_generated.cuh", "", options.source_folder) +
         GroupSource(group, problem).text();
}

}  // namespace

std::span<const Generator> pointwise_generators() {
  static constexpr Generator kAll[] = {
      {"pointwise_group.cuda.generated", source}, {"unary.cuda.generated", source},
      {"binary.cuda.generated", source},          {"compare.cuda.generated", source},
      {"where.cuda.generated", source},           {"cast.cuda.generated", source}};
  return kAll;
}

}  // namespace lathe::kernels
