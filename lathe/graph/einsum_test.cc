// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/network.h"
#include "lathe/ops/matmul.h"

namespace lathe::graph {
namespace {

const Dim kTokens = Dim::symbol("tokens");

struct Einsum : testing::Test {
  Network net;
  Value input(Shape shape) {
    return net.input(cat("x", net.inputs().size()), {DType::kF32, std::move(shape)});
  }
  Value run(std::string_view equation, std::vector<Value> operands) {
    return einsum(equation, operands);
  }
  std::vector<std::string> op_names() {
    std::vector<std::string> names;
    for (const NodeId id : net.nodes()) names.emplace_back(net.node(id).op.name());
    return names;
  }
  std::string error_of(std::string_view equation, std::vector<Value> operands) {
    try {
      einsum(equation, operands);
    } catch (const Error& error) {
      return error.message();
    }
    return "no error";
  }
};

using Names = std::vector<std::string>;

TEST_F(Einsum, AMatrixProductIsOneMatmul) {
  const Value y = run("mk,kn->mn", {input({kTokens, 3}), input({3, 4})});
  EXPECT_EQ(y.shape(), (Shape{kTokens, 4}));
  EXPECT_EQ(op_names(), Names{"matmul"});
}

TEST_F(Einsum, ATransposedOperandIsTakenAsItLies) {
  const Value y = run("mk,nk->mn", {input({kTokens, 3}), input({4, 3})});
  EXPECT_EQ(y.shape(), (Shape{kTokens, 4}));
  EXPECT_EQ(op_names(), Names{"matmul"});
  EXPECT_TRUE(net.node(net.nodes()[0]).op.as<ops::MatMul>()->transpose_b);
}

TEST_F(Einsum, BatchesStayInFront) {
  const Value y = run("bhqd,bhkd->bhqk", {input({2, 3, 5, 4}), input({2, 3, 7, 4})});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 5, 7}));
  EXPECT_EQ(op_names(), Names{"matmul"});
}

TEST_F(Einsum, HeadsOutsideAreTransposedIn) {
  const Value y = run("qhd,khd->hqk", {input({kTokens, 3, 4}), input({7, 3, 4})});
  EXPECT_EQ(y.shape(), (Shape{3, kTokens, 7}));
  EXPECT_EQ(op_names(), (Names{"transpose", "transpose", "matmul"}));
}

TEST_F(Einsum, SeveralLettersOfAKindAreJoined) {
  const Value y = run("tabc,bcde->tade", {input({kTokens, 2, 3, 4}), input({3, 4, 5, 6})});
  EXPECT_EQ(y.shape(), (Shape{kTokens, 2, 5, 6}));
  EXPECT_EQ(op_names(), (Names{"reshape", "reshape", "matmul", "reshape"}));
}

TEST_F(Einsum, NothingContractedIsAProduct) {
  EXPECT_EQ(run("i,j->ij", {input({3}), input({4})}).shape(), (Shape{3, 4}));
  EXPECT_EQ(op_names(), (Names{"reshape", "reshape", "binary"}));
  EXPECT_EQ(run("ij,ij->ij", {input({3, 4}), input({3, 4})}).shape(), (Shape{3, 4}));
}

TEST_F(Einsum, DotProductHasRankZero) {
  EXPECT_EQ(run("i,i->", {input({3}), input({3})}).shape().rank(), 0);
  EXPECT_EQ(run("i->", {input({3})}).shape().rank(), 0);
}

TEST_F(Einsum, OneOperandIsTransposedAndSummed) {
  EXPECT_EQ(run("ijk->ki", {input({2, 3, 4})}).shape(), (Shape{4, 2}));
  EXPECT_EQ(op_names(), (Names{"reduce", "transpose"}));
}

TEST_F(Einsum, LettersOfOneOperandAreSummedFirst) {
  EXPECT_EQ(run("mkx,kn->mn", {input({2, 3, 9}), input({3, 4})}).shape(), (Shape{2, 4}));
  EXPECT_EQ(op_names(), (Names{"reduce", "matmul"}));
}

TEST_F(Einsum, Diagonals) {
  EXPECT_EQ(run("ii->i", {input({5, 5})}).shape(), Shape{5});
  EXPECT_EQ(run("ii", {input({5, 5})}).shape().rank(), 0);
  EXPECT_EQ(run("iji->ji", {input({5, 2, 5})}).shape(), (Shape{2, 5}));
  EXPECT_NE(error_of("ii->i", {input({5, 6})}).find("'i' is 5 and 6"), std::string::npos);
  const std::string symbolic = error_of("ii->i", {input({kTokens, kTokens})});
  EXPECT_NE(symbolic.find("symbolic"), std::string::npos) << symbolic;
}

TEST_F(Einsum, ThreeOperandsGoFromTheLeft) {
  EXPECT_EQ(run("ij,jk,kl->il", {input({2, 3}), input({3, 4}), input({4, 5})}).shape(),
            (Shape{2, 5}));
  EXPECT_EQ(op_names(), (Names{"matmul", "matmul"}));
}

TEST_F(Einsum, TheResultMayBeImplied) {
  EXPECT_EQ(run("kj, ik", {input({3, 4}), input({2, 3})}).shape(), (Shape{2, 4}));
}

TEST_F(Einsum, ErrorsNameTheEquationAndWhatIsWrong) {
  const Value a = input({2, 3});
  const auto expect = [&](std::string_view equation, std::vector<Value> operands,
                          std::string_view part) {
    const std::string message = error_of(equation, std::move(operands));
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_NE(message.find(equation), std::string::npos) << message;
  };
  expect("ij,jk->ik", {a}, "has 2 operands, got 1");
  expect("ijk->i", {a}, "expected rank 3");
  expect("ij->ik", {a}, "which no operand has");
  expect("ij->ii", {a}, "twice");
  expect("i2->i", {a}, "expected letters");
  expect("...j->j", {a}, "expected letters");
  expect("ij->j->i", {a}, "expected letters");
  expect("ij,jk->ik", {a, input({4, 5})}, "is 3 and 4");
}

}  // namespace
}  // namespace lathe::graph
