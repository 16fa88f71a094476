// SPDX-License-Identifier: Apache-2.0
// Rules meet plans from files: whatever the operands and attributes, an op gives types or refuses
// with an Error that names it, never with a bug of ours.
#include <gtest/gtest.h>

#include <random>

#include "lathe/ops/op.h"

namespace lathe::ops {
namespace {

class Operands {
 public:
  explicit Operands(uint32_t seed) : random_(seed) {}

  int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  std::vector<TensorType> types() {
    std::vector<TensorType> out;
    for (int count = below(8); count > 0; --count) out.push_back(type());
    return out;
  }
  // One number, name or list somewhere among the attributes is another one.
  Json attributes(const Json& defaults) {
    Json out = defaults;
    std::vector<Json*> leaves;
    add_leaves(out, leaves);
    if (!leaves.empty() && below(3) != 0)
      change(*leaves[static_cast<size_t>(below(static_cast<int>(leaves.size())))]);
    return out;
  }

 private:
  TensorType type() {
    const auto dtypes = enum_values(DType{});
    std::vector<Dim> dims;
    for (int rank = below(5); rank > 0; --rank) dims.push_back(dim());
    return {dtypes[static_cast<size_t>(below(static_cast<int>(dtypes.size())))], Shape(dims)};
  }
  Dim dim() {
    static constexpr int64_t kSizes[] = {0, 1, 2, 3, 4, 8, 16, 32, 64, int64_t{1} << 62};
    switch (below(6)) {
      case 0:
        return Dim::symbol("tokens");
      case 1:
        return Dim::symbol("tokens") * below(4) + below(3);
      default:
        return kSizes[below(10)];
    }
  }
  static void add_leaves(Json& json, std::vector<Json*>& out) {
    if (json.is_object()) {
      for (Json::Member& member : json.as_object()) add_leaves(member.second, out);
    } else {
      out.push_back(&json);
    }
  }
  void change(Json& leaf) {
    static constexpr int64_t kNumbers[] = {-1, 0, 1, 2, 7, 1 << 30, INT64_MAX, INT64_MIN};
    switch (leaf.kind()) {
      case Json::Kind::kBool:
        leaf = !leaf.as_bool();
        break;
      case Json::Kind::kString:
        leaf = "other";
        break;
      case Json::Kind::kArray:
        for (int count = below(4); count > 0; --count) leaf.push_back(kNumbers[below(8)]);
        break;
      default:
        leaf = kNumbers[below(8)];
    }
  }
  std::mt19937 random_;
};

class AnyOperands : public ::testing::TestWithParam<const OpDef*> {};

TEST_P(AnyOperands, GiveTypesOrAnErrorThatNamesTheOp) {
  const OpDef& def = *GetParam();
  Operands operands(7);
  for (int i = 0; i < 1000; ++i) {
    const Json attributes = operands.attributes(def.defaults());
    const std::vector<TensorType> types = operands.types();
    try {
      const Op op(def, attributes);
      for (const TensorType& type : op.infer(types))
        ASSERT_EQ(TensorType::parse(type.to_string()), type);
    } catch (const Error& error) {
      std::string text;
      for (const TensorType& type : types) text += type.to_string() + " ";
      ASSERT_NE(error.code(), ErrorCode::kInternal)
          << def.info.name << " " << attributes.dump() << " of " << text << ": " << error.message();
    }
  }
}

std::string op_name(const ::testing::TestParamInfo<const OpDef*>& def) {
  return std::string(def.param->info.name);
}

INSTANTIATE_TEST_SUITE_P(Ops, AnyOperands, ::testing::ValuesIn(all_ops()), op_name);

}  // namespace
}  // namespace lathe::ops
