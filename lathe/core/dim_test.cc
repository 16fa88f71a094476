// SPDX-License-Identifier: Apache-2.0
// Dims against linear forms kept as a plain map, and against what they evaluate to.
#include "lathe/core/dim.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::error_of;

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
const char* const kSymbols[] = {"logit_rows", "sequences", "table_width", "tokens"};

// Coefficients by symbol; "" is the constant.
using Form = std::map<std::string, int64_t>;

class Forms {
 public:
  explicit Forms(uint32_t seed) : random_(seed) {}

  int64_t number(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random_);
  }
  Form form(int64_t least = -9, int64_t most = 9) {
    Form out{{"", number(least, most)}};
    for (const char* symbol : kSymbols) {
      if (number(0, 1) == 1) out[symbol] = number(least, most);
    }
    return out;
  }
  DimBindings bindings(int64_t least = 0, int64_t most = 1000) {
    DimBindings out;
    for (const char* symbol : kSymbols) out[symbol] = number(least, most);
    return out;
  }

 private:
  std::mt19937 random_;
};

Dim dim_of(const Form& form) {
  Dim out = 0;
  for (const auto& [symbol, coefficient] : form) {
    out = out + (symbol.empty() ? Dim(1) : Dim::symbol(symbol)) * coefficient;
  }
  return out;
}

int64_t value_of(const Form& form, const DimBindings& bindings) {
  int64_t sum = 0;
  for (const auto& [symbol, coefficient] : form) {
    sum += coefficient * (symbol.empty() ? 1 : bindings.at(symbol));
  }
  return sum;
}

TEST(DimForms, ArithmeticIsThatOfTheValues) {
  Forms forms(1);
  for (int i = 0; i < 500; ++i) {
    const Form a = forms.form(), b = forms.form();
    const DimBindings at = forms.bindings();
    const int64_t x = value_of(a, at), y = value_of(b, at), factor = forms.number(-5, 5);
    EXPECT_EQ((dim_of(a) + dim_of(b)).evaluate(at), x + y);
    EXPECT_EQ((dim_of(a) - dim_of(b)).evaluate(at), x - y);
    EXPECT_EQ((dim_of(a) * factor).evaluate(at), x * factor);
    EXPECT_EQ((Dim(factor) * dim_of(a)).evaluate(at), x * factor);
    if (factor == 0) continue;
    EXPECT_EQ(dim_of(a) * factor / factor, dim_of(a));
  }
}

// Equal forms are equal whatever way they were made: plans compare and hash them.
TEST(DimForms, HaveOneNormalForm) {
  Forms forms(2);
  for (int i = 0; i < 500; ++i) {
    const Dim a = dim_of(forms.form()), b = dim_of(forms.form()), c = dim_of(forms.form());
    EXPECT_EQ(a + b, b + a);
    EXPECT_EQ((a + b) + c, a + (b + c));
    EXPECT_EQ(a + b - b, a);
    EXPECT_EQ(a * 3 - a * 2, a);
    EXPECT_EQ(a * 0, Dim(0));
    EXPECT_TRUE((a - a).is_constant());
  }
}

TEST(DimForms, TheirTextReadsBack) {
  Forms forms(3);
  for (int i = 0; i < 500; ++i) {
    const Dim dim = dim_of(forms.form());
    EXPECT_EQ(Dim::parse(dim.to_string()), dim) << dim.to_string();
    Dim back;
    read_json(Json::parse(to_json(dim).dump(), "dim"), back);
    EXPECT_EQ(back, dim);
  }
  for (const int64_t value : {kMost, kLeast + 1, int64_t{0}}) {
    EXPECT_EQ(Dim::parse(Dim(value).to_string()), Dim(value));
  }
}

TEST(DimForms, TextWithoutANormalFormIsReadOrRefusedWhole) {
  EXPECT_EQ(Dim::parse("4+tokens-4"), Dim::symbol("tokens"));
  EXPECT_EQ(Dim::parse("tokens+tokens"), Dim::symbol("tokens") * 2);
  EXPECT_EQ(Dim::parse("0*tokens"), Dim(0));
  for (const char* text : {"+", "-", "tokens+", "2*", "*tokens", "2*3", "2tokens", "Tokens",
                           "tokens*2", "1.5", " 1", "1 ", "--1", "2**tokens"}) {
    EXPECT_NE(error_of([&] { Dim::parse(text); }), "no error") << text;
  }
}

TEST(DimBounds, ScaledUpIsTheLeastMultipleOfEachCoefficient) {
  Forms forms(4);
  for (int i = 0; i < 500; ++i) {
    const Form form = forms.form(0, 1000);
    const int64_t factor = forms.number(1, 32), divisor = forms.number(1, 8);
    const int64_t multiple = int64_t{1} << forms.number(0, 8);
    Form expected;
    for (const auto& [symbol, coefficient] : form) {
      int64_t up = 0;
      while (up * divisor < coefficient * factor) up += multiple;
      expected[symbol] = up;
    }
    const Dim scaled = dim_of(form).scaled_up(factor, divisor, multiple);
    EXPECT_EQ(scaled, dim_of(expected));
    const DimBindings at = forms.bindings();
    EXPECT_EQ(scaled.evaluate(at) % multiple, 0);
    EXPECT_GE(scaled.evaluate(at) * divisor, value_of(form, at) * factor);
  }
}

TEST(DimBounds, UpperBoundIsAboveBothAndNoHigherThanTheirSum) {
  Forms forms(5);
  for (int i = 0; i < 500; ++i) {
    const Form a = forms.form(0, 50), b = forms.form(0, 50);
    const Dim bound = Dim::upper_bound(dim_of(a), dim_of(b));
    const DimBindings at = forms.bindings();
    EXPECT_GE(bound.evaluate(at), std::max(value_of(a, at), value_of(b, at)));
    EXPECT_LE(bound.evaluate(at), value_of(a, at) + value_of(b, at));
    EXPECT_EQ(bound, Dim::upper_bound(dim_of(b), dim_of(a)));
    EXPECT_EQ(Dim::upper_bound(bound, dim_of(a)), bound);
  }
}

// Memory plans compare forms so: what cancels in the sum must not vanish from the bound.
TEST(DimBounds, UpperBoundKeepsSymbolsThatCancel) {
  const Dim tokens = Dim::symbol("tokens");
  EXPECT_EQ(Dim::upper_bound(tokens * 2, tokens * -2), tokens * 2);
  EXPECT_EQ(Dim::upper_bound(tokens * -2, 0), Dim(0));
}

TEST(DimSolve, FindsTheOneValueThatFits) {
  Forms forms(6);
  int solved = 0;
  for (int i = 0; i < 2000; ++i) {
    const Form form = forms.form(-4, 4);
    const DimBindings all = forms.bindings(0, 20);
    const std::string unknown = kSymbols[forms.number(0, 3)];
    if (!form.contains(unknown) || form.at(unknown) == 0) continue;
    DimBindings known = all;
    known.erase(unknown);
    dim_of(form).solve(value_of(form, all), known, "x");
    EXPECT_EQ(known, all) << dim_of(form).to_string();
    ++solved;
  }
  EXPECT_GT(solved, 500);
}

TEST(DimSolve, RefusesWhatHasNoValueOrANegativeOne) {
  const Dim tokens = Dim::symbol("tokens");
  const auto error = [](const Dim& dim, int64_t value) {
    return error_of([&] {
      DimBindings bindings;
      dim.solve(value, bindings, "input 'x'");
    });
  };
  EXPECT_EQ(error(tokens + 4, 3), "input 'x': expected a dimension tokens+4, got 3");
  EXPECT_EQ(error(tokens * 2, 3), "input 'x': expected a dimension 2*tokens, got 3");
  EXPECT_EQ(error(tokens * -1, 0), "no error");
  EXPECT_EQ(error(tokens * -1, 1), "input 'x': expected a dimension -tokens, got 1");
}

TEST(DimLimits, WhatExceeds64BitsIsRefusedNotWrapped) {
  const Dim tokens = Dim::symbol("tokens");
  DimBindings bindings;
  const std::pair<const char*, std::string> cases[] = {
      {"add", error_of([] { Dim(kMost) + 1; })},
      {"subtract", error_of([] { Dim(kLeast) - 1; })},
      {"subtract the least", error_of([] { Dim(0) - Dim(kLeast); })},
      {"multiply", error_of([] { Dim(kLeast) * -1; })},
      {"coefficients", error_of([&] { tokens* kMost + tokens; })},
      {"evaluate", error_of([&] {
         (tokens * kMost).evaluate({{"tokens", 2}});
       })},
      {"divide", error_of([] { Dim(kLeast) / -1; })},
      {"scale", error_of([] { Dim(kMost / 2).scaled_up(32, 8, 64); })},
      {"solve, constant", error_of([&] { (tokens + kLeast).solve(1, bindings, "x"); })},
      {"solve, quotient", error_of([&] { (tokens * -1).solve(kLeast, bindings, "x"); })},
      {"parse", error_of([] { Dim::parse("9223372036854775808"); })}};
  for (const auto& [what, message] : cases) EXPECT_NE(message, "no error") << what;
}

}  // namespace
}  // namespace lathe
