// SPDX-License-Identifier: Apache-2.0
// The golden problems of an op: tests/data/ops/<op>.safetensors, written by
// tools/golden/make_ops.py with results that numpy computed in float64.
#pragma once

#include <cstring>
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

inline GoldenValues values_of(const SafetensorsTensor& tensor) {
  const auto bf16 = [](Bf16 value) { return double{to_float(value)}; };
  if (tensor.dtype == "BF16") return {converted<Bf16, double>(tensor.bytes, bf16), {}};
  if (tensor.dtype == "F32") return reals<float>(tensor.bytes);
  if (tensor.dtype == "F64") return reals<double>(tensor.bytes);
  if (tensor.dtype == "I8") return integers<int8_t>(tensor.bytes);
  if (tensor.dtype == "U8" || tensor.dtype == "BOOL") return integers<uint8_t>(tensor.bytes);
  if (tensor.dtype == "I32") return integers<int32_t>(tensor.bytes);
  if (tensor.dtype == "I64") return integers<int64_t>(tensor.bytes);
  fail(ErrorCode::kCorrupt, "tensor ", tensor.name, " is ", tensor.dtype);
}

inline GoldenValues find_values(const Safetensors& file, const std::string& name) {
  for (const SafetensorsTensor& tensor : file.tensors) {
    if (tensor.name == name) return values_of(tensor);
  }
  fail(ErrorCode::kNotFound, "no tensor ", name);
}

inline void read_operands(const Safetensors& file, const std::string& prefix,
                          std::vector<GoldenOperand>& operands) {
  for (size_t i = 0; i < operands.size(); ++i) {
    const std::string name = cat(prefix, i);
    if (operands[i].dtype == "state") {
      operands[i].values = find_values(file, name + ".keys");
      operands[i].more_values = find_values(file, name + ".values");
    } else {
      operands[i].values = find_values(file, name);
    }
  }
}

}  // namespace internal

// All problems of an op, in order. Throws kNotFound where there is no such file.
inline std::vector<GoldenProblem> golden_problems(std::string_view op) {
  const auto mapped =
      MappedFile::open(cat(LATHE_SOURCE_DIR "/tests/data/ops/", op, ".safetensors"));
  const Safetensors file = read_safetensors(mapped->bytes(), op);
  std::vector<GoldenProblem> problems;
  read_json(Json::parse(file.metadata.at("problems"), op), problems);
  for (size_t i = 0; i < problems.size(); ++i) {
    internal::read_operands(file, cat(i, ".in"), problems[i].inputs);
    internal::read_operands(file, cat(i, ".out"), problems[i].outputs);
  }
  return problems;
}

}  // namespace lathe::testing
