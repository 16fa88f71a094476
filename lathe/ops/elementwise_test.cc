// SPDX-License-Identifier: Apache-2.0
// Which dtypes each element-wise op takes, as its rule says, for all kinds and all dtypes.
#include "lathe/ops/elementwise.h"

#include <gtest/gtest.h>

#include <set>

#include "lathe/base/error.h"
#include "lathe/ops/pointwise_group.h"
#include "lathe/ops/reduce.h"

namespace lathe::ops {
namespace {

const std::set<DType> kFloating = {DType::kF32, DType::kF16, DType::kBf16, DType::kF8E4M3};
const std::set<DType> kIntegers = {DType::kI8, DType::kU8, DType::kI32, DType::kI64};
const std::set<DType> kBool = {DType::kBool};

std::set<DType> both(std::set<DType> a, const std::set<DType>& b) {
  a.insert(b.begin(), b.end());
  return a;
}
const std::set<DType> kNumeric = both(kFloating, kIntegers);

// The dtypes that the op takes for all of its `count` operands; each keeps the shape.
std::set<DType> taken(const Op& op, size_t count) {
  std::set<DType> out;
  for (const DType dtype : enum_values(DType{})) {
    const std::vector<TensorType> inputs(count, TensorType{dtype, {Dim::symbol("tokens"), 4}});
    try {
      for (const TensorType& type : op.infer(inputs)) EXPECT_EQ(type.shape, inputs[0].shape);
      out.insert(dtype);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
      EXPECT_NE(error.message().find(to_string(dtype)), std::string::npos) << error.message();
    }
  }
  return out;
}

TEST(Elementwise, UnaryKinds) {
  for (const UnaryKind kind : enum_values(UnaryKind{})) {
    const bool takes_integers =
        kind == UnaryKind::kNeg || kind == UnaryKind::kAbs || kind == UnaryKind::kSquare;
    const std::set<DType>& expected = kind == UnaryKind::kNot ? kBool
                                      : takes_integers        ? kNumeric
                                                              : kFloating;
    EXPECT_EQ(taken(Unary{kind}, 1), expected) << to_string(kind);
  }
}

TEST(Elementwise, BinaryKinds) {
  for (const BinaryKind kind : enum_values(BinaryKind{})) {
    const bool logical = kind == BinaryKind::kAnd || kind == BinaryKind::kOr;
    const std::set<DType>& expected = logical                    ? kBool
                                      : kind == BinaryKind::kMod ? kIntegers
                                                                 : kNumeric;
    EXPECT_EQ(taken(Binary{kind}, 2), expected) << to_string(kind);
  }
}

TEST(Elementwise, ComparisonsAndCastsTakeWhatHasElements) {
  for (const CompareKind kind : enum_values(CompareKind{})) {
    EXPECT_EQ(taken(Compare{kind}, 2), both(kNumeric, kBool)) << to_string(kind);
  }
  EXPECT_EQ(taken(Cast{DType::kI8}, 1), both(both(kNumeric, kBool), {DType::kU4}));
}

TEST(Elementwise, ResultsHaveTheDtypeOfTheRule) {
  const TensorType x{DType::kBf16, {3}};
  const TensorType flags{DType::kBool, {3}};
  const TensorType pair[] = {x, x};
  const TensorType choice[] = {flags, x, x};
  EXPECT_EQ(Op(Compare{}).infer(pair).front().dtype, DType::kBool);
  EXPECT_EQ(Op(Binary{}).infer(pair).front().dtype, DType::kBf16);
  EXPECT_EQ(Op(Where{}).infer(choice).front().dtype, DType::kBf16);
  for (const DType dtype : enum_values(DType{})) {
    if (dtype == DType::kU4 || dtype == DType::kState) continue;
    EXPECT_EQ(Op(Cast{dtype}).infer(std::span(&x, 1)).front().dtype, dtype);
  }
}

TEST(Elementwise, OnlySuchOpsMayStandInAGroup) {
  std::set<std::string_view> names;
  for (const OpDef* def : all_ops()) {
    if (is_pointwise(Op(*def, def->defaults()))) names.insert(def->info.name);
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"unary", "binary", "compare", "where", "cast",
                                               "broadcast_to"}));
}

TEST(Reduce, AxesCountFromBothEndsAndNoneMeansAll) {
  using Flags = std::vector<bool>;
  EXPECT_EQ(reduced_axes({}, 3), (Flags{true, true, true}));
  EXPECT_EQ(reduced_axes({}, 0), Flags{});
  for (int axis = -3; axis < 3; ++axis) {
    Flags expected(3);
    expected[static_cast<size_t>((axis + 3) % 3)] = true;
    EXPECT_EQ(reduced_axes(std::span(&axis, 1), 3), expected) << axis;
  }
  const int two[] = {0, -1};
  EXPECT_EQ(reduced_axes(two, 3), (Flags{true, false, true}));
}

TEST(Reduce, DtypesOfEachKind) {
  for (const ReduceKind kind : enum_values(ReduceKind{})) {
    std::set<DType> accepted;
    for (const DType dtype : enum_values(DType{})) {
      const TensorType x{dtype, {2, 3}};
      try {
        const auto y = Op(Reduce{.kind = kind, .axes = {1}, .keep_dims = false}).infer({&x, 1});
        EXPECT_EQ(y.front(), (TensorType{dtype, {2}}));
        accepted.insert(dtype);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
      }
    }
    EXPECT_EQ(accepted, kind == ReduceKind::kMean ? kFloating : kNumeric) << to_string(kind);
  }
}

}  // namespace
}  // namespace lathe::ops
