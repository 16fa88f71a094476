// SPDX-License-Identifier: Apache-2.0
// The golden problems of an op: tests/data/ops/<op>.safetensors, written by
// tools/golden/make_ops.py with results that numpy computed in float64.
#pragma once

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "lathe/base/fields.h"
#include "lathe/base/file.h"
#include "lathe/base/float16.h"
#include "lathe/base/safetensors.h"
#include "lathe/core/tensor.h"

namespace lathe::testing {

// Elements as numbers: one of the two is filled.
struct GoldenValues {
  std::vector<double> reals;
  std::vector<int64_t> integers;

  size_t size() const { return reals.size() + integers.size(); }
};

struct GoldenOperand {
  std::string dtype;           // a DType's name, or "float": that of the run
  std::vector<int64_t> shape;  // of state: [num_blocks, kv_heads, block_size, head_dim]
  GoldenValues values;         // of state: keys
  GoldenValues more_values;    // of state: values

  template <class V>
  static void fields(V&& v) {
    v("dtype", &GoldenOperand::dtype);
    v("shape", &GoldenOperand::shape);
  }
  DType dtype_in(DType run) const { return dtype == "float" ? run : *dtype_from_name(dtype); }
};

// What make_ops.py says of a problem (tools/golden/ops/case.py).
struct GoldenProblem {
  std::string name;
  Json attributes;  // "float" stands for the run's dtype
  std::vector<DType> dtypes;
  double ulps = 0;
  double slack = 0;
  bool exact = false;
  std::vector<GoldenOperand> inputs;
  std::vector<GoldenOperand> outputs;

  template <class V>
  static void fields(V&& v) {
    v("name", &GoldenProblem::name);
    v("attributes", &GoldenProblem::attributes);
    v("dtypes", &GoldenProblem::dtypes);
    v("ulps", &GoldenProblem::ulps);
    v("slack", &GoldenProblem::slack);
    v("exact", &GoldenProblem::exact);
    v("inputs", &GoldenProblem::inputs);
    v("outputs", &GoldenProblem::outputs);
  }
};

namespace internal {

template <class Stored, class To, class Convert>
std::vector<To> converted(std::span<const std::byte> bytes, Convert convert) {
  std::vector<Stored> stored(bytes.size() / sizeof(Stored));
  std::memcpy(stored.data(), bytes.data(), bytes.size());
  std::vector<To> out;
  out.reserve(stored.size());
  for (const Stored value : stored) out.push_back(convert(value));
  return out;
}

template <class Stored>
GoldenValues reals(std::span<const std::byte> bytes) {
  return {converted<Stored, double>(bytes, [](Stored value) { return double{value}; }), {}};
}
template <class Stored>
GoldenValues integers(std::span<const std::byte> bytes) {
  return {{}, converted<Stored, int64_t>(bytes, [](Stored value) { return int64_t{value}; })};
}

// Floating values are stored as tools/golden/ops/container.py says.
inline GoldenValues reals_of(const SafetensorsTensor& tensor) {
  const auto bf16 = [](Bf16 value) { return double{to_float(value)}; };
  const auto sixteenth = [](int8_t code) {
    return code == -128 ? std::numeric_limits<double>::quiet_NaN() : code / 16.0;
  };
  if (tensor.dtype == "I8") return {converted<int8_t, double>(tensor.bytes, sixteenth), {}};
  if (tensor.dtype == "BF16") return {converted<Bf16, double>(tensor.bytes, bf16), {}};
  if (tensor.dtype == "F32") return reals<float>(tensor.bytes);
  if (tensor.dtype == "F64") return reals<double>(tensor.bytes);
  fail(ErrorCode::kCorrupt, "tensor ", tensor.name, " is ", tensor.dtype);
}

inline GoldenValues integers_of(const SafetensorsTensor& tensor) {
  if (tensor.dtype == "I8") return integers<int8_t>(tensor.bytes);
  if (tensor.dtype == "U8" || tensor.dtype == "BOOL") return integers<uint8_t>(tensor.bytes);
  if (tensor.dtype == "I32") return integers<int32_t>(tensor.bytes);
  if (tensor.dtype == "I64") return integers<int64_t>(tensor.bytes);
  fail(ErrorCode::kCorrupt, "tensor ", tensor.name, " is ", tensor.dtype);
}

inline const SafetensorsTensor& find_tensor(const Safetensors& file, std::string_view name) {
  for (const SafetensorsTensor& tensor : file.tensors) {
    if (tensor.name == name) return tensor;
  }
  fail(ErrorCode::kNotFound, "no tensor ", name);
}

// What of a state an op leaves: `before` but for the elements that are stored.
inline GoldenValues changed(GoldenValues before, const Safetensors& file, const std::string& name) {
  const GoldenValues at = integers_of(find_tensor(file, name + ".at"));
  const GoldenValues values = reals_of(find_tensor(file, name));
  for (size_t i = 0; i < at.integers.size(); ++i) {
    before.reals.at(static_cast<size_t>(at.integers[i])) = values.reals.at(i);
  }
  return before;
}

inline void read_operand(const Safetensors& file, const std::string& name, GoldenOperand& operand) {
  if (operand.dtype == "state") {
    operand.values = reals_of(find_tensor(file, name + ".keys"));
    operand.more_values = reals_of(find_tensor(file, name + ".values"));
    return;
  }
  const bool floating = operand.dtype == "float" || is_floating(*dtype_from_name(operand.dtype));
  const SafetensorsTensor& tensor = find_tensor(file, name);
  operand.values = floating ? reals_of(tensor) : integers_of(tensor);
}

inline void read_operands(const Safetensors& file, size_t index, GoldenProblem& problem) {
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    read_operand(file, cat(index, ".in", i), problem.inputs[i]);
  }
  for (size_t i = 0; i < problem.outputs.size(); ++i) {
    GoldenOperand& output = problem.outputs[i];
    const std::string name = cat(index, ".out", i);
    if (output.dtype == "state") {  // the first input's, afterwards
      output.values = changed(problem.inputs.at(0).values, file, name + ".keys");
      output.more_values = changed(problem.inputs.at(0).more_values, file, name + ".values");
    } else {
      read_operand(file, name, output);
    }
  }
}

}  // namespace internal

// All problems of an op, in order. Throws kNotFound where there is no such file.
inline std::vector<GoldenProblem> golden_problems(std::string_view op,
                                                  std::string_view folder = LATHE_SOURCE_DIR
                                                  "/tests/data/ops") {
  const auto mapped = MappedFile::open(cat(folder, "/", op, ".safetensors"));
  const Safetensors file = read_safetensors(mapped->bytes(), op);
  std::vector<GoldenProblem> problems;
  read_json(Json::parse(file.metadata.at("problems"), op), problems);
  for (size_t i = 0; i < problems.size(); ++i) {
    internal::read_operands(file, i, problems[i]);
  }
  return problems;
}

}  // namespace lathe::testing
