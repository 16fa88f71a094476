// SPDX-License-Identifier: Apache-2.0
// Tables of shape and dtype rules, text in and text out.
//
//   const OpCase cases[] = {{"softmax", R"({"axis": 0})", "f16[tokens, 3]", "f16[tokens, 3]"}};
//   expect_types(cases);
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/ops/default_fields.h"
#include "lathe/ops/op.h"

namespace lathe::testing {

struct OpCase {
  std::string op;
  std::string attributes;  // JSON; what it leaves out is the default
  std::string inputs;      // types, separated by ';'
  std::string expected;    // types of the outputs, or a part of the message
};

inline std::string outputs_of(const OpCase& test) {
  const ops::OpDef* def = ops::find_op(test.op);
  LATHE_CHECK(def != nullptr, "no such op", test.op);
  const Json given = Json::parse(test.attributes, "attributes");
  const ops::Op op = ops::Op::parse(test.op, ops::with_defaults(given, def->defaults()));
  std::vector<TensorType> inputs;
  for (const std::string_view type : split(test.inputs, ';')) {
    if (!trim(type).empty()) inputs.push_back(TensorType::parse(trim(type)));
  }
  std::vector<std::string> outputs;
  for (const TensorType& type : op.infer(inputs)) outputs.push_back(type.to_string());
  return join(outputs, "; ");
}

inline void expect_types(std::span<const OpCase> cases) {
  for (const OpCase& test : cases) {
    SCOPED_TRACE(cat(test.op, " ", test.attributes, " of ", test.inputs));
    try {
      EXPECT_EQ(outputs_of(test), test.expected);
    } catch (const Error& error) {
      ADD_FAILURE() << error.message();
    }
  }
}

inline void expect_refusals(std::span<const OpCase> cases) {
  for (const OpCase& test : cases) {
    SCOPED_TRACE(cat(test.op, " ", test.attributes, " of ", test.inputs));
    try {
      ADD_FAILURE() << "gives " << outputs_of(test);
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(test.expected), std::string::npos) << error.message();
      EXPECT_EQ(error.message().rfind(test.op, 0), 0) << error.message();
    }
  }
}

}  // namespace lathe::testing
