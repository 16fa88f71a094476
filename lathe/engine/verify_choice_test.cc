// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/verify_choice.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::engine {
namespace {

using testing::error_of;

std::string range_error(const std::string& kernel, int64_t first, int64_t last) {
  const KernelChoice choice{.up_to_tokens = last, .kernel = kernel, .inputs = {}};
  return error_of([&] { check_range(choice, first); });
}

TEST(VerifyChoice, AKernelTakesAllTokensOfItsRange) {
  EXPECT_EQ(range_error("linear.cuda.sm90.few", 1, 8), "no error");
  EXPECT_EQ(range_error("linear.cuda.sm90.tile256", 129, 0), "no error");
  EXPECT_EQ(range_error("linear.cpu.ref", 1, 0), "no error");
  EXPECT_EQ(range_error("linear.cuda.sm90.few", 5, 9),
            "kernel linear.cuda.sm90.few takes up to 8 tokens, up_to_tokens is 9");
  EXPECT_EQ(range_error("linear.cuda.sm90.split", 9, 0),
            "kernel linear.cuda.sm90.split takes up to 64 tokens, up_to_tokens is 0");
  EXPECT_EQ(range_error("linear.cuda.sm90.tile256", 65, 0),
            "kernel linear.cuda.sm90.tile256 takes 129 tokens and more, the choice is for 65");
}

TEST(VerifyChoice, ALibrarysKernelStandsBehindOneOfOurs) {
  const auto error = [](const std::string& before, const std::string& kernel) {
    const KernelChoice first{.kernel = before, .inputs = {}},
        choice{.kernel = kernel, .inputs = {}};
    return error_of([&] { check_library(choice, before.empty() ? nullptr : &first); });
  };
  const std::string library = "linear.cuda.cublaslt";
  EXPECT_EQ(error("", "linear.cuda.sm90.few"), "no error");
  EXPECT_EQ(error("", "linear.cpu.ref"), "no error");
  EXPECT_EQ(error("linear.cuda.sm90.tile128", library), "no error");
  EXPECT_EQ(error(library, library), "no error");
  for (const char* before : {"", "linear.cuda.sm90.split"}) {
    EXPECT_EQ(error(before, library),
              "kernel linear.cuda.cublaslt needs a library: expected a choice before it that takes "
              "its tokens without one");
  }
}

TEST(VerifyChoice, FixedBitsAreKeptForAnyNumberOfTokens) {
  const auto error = [](const std::string& kernel) {
    const KernelChoice choice{.kernel = kernel, .inputs = {}};
    return error_of([&] { check_fixed_bits(choice); });
  };
  EXPECT_EQ(error("linear.cuda.sm90.tile128"), "no error");
  for (const std::string kernel : {"linear.cuda.sm90.few", "linear.cuda.sm90.tile256"}) {
    EXPECT_EQ(error(kernel), cat("fixed_bits: kernel ", kernel,
                                 " does not keep bits whatever the number of tokens"));
  }
}

}  // namespace
}  // namespace lathe::engine
