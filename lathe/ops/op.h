// SPDX-License-Identifier: Apache-2.0
// What an op is: a struct of attributes with a name, a formula and a rule for its outputs. How an
// op runs is the business of lathe/kernels.
//
//   struct RmsNorm {
//     static constexpr OpInfo kInfo{.name = "rms_norm", .formula = "…", .rule = "…", .source =
//     "…"}; float eps = 1e-5f; bool operator==(const RmsNorm&) const = default; template <class V>
//     static void fields(V&& v) { v("eps", &RmsNorm::eps); } std::vector<TensorType>
//     infer(std::span<const TensorType> inputs) const;
//   };
//
// An `Op` holds any of them by value: `Op op = RmsNorm{.eps = 1e-6f}; op.as<RmsNorm>()->eps`.
// Printing, parsing, equality and storage come from `fields()`. Immutable; copies share.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/fields.h"
#include "lathe/core/shape.h"

namespace lathe::ops {

struct OpInfo {
  std::string_view name;     // as printed and stored: "rms_norm"
  std::string_view formula;  // what it computes, with the accumulation type
  std::string_view rule;     // shapes and dtypes of inputs and outputs
  std::string_view source;   // paper or definition; empty for arithmetic
};

// One per op type, made by `op_def<T>()`; plugins fill the same struct.
struct OpDef {
  OpInfo info;
  std::shared_ptr<const void> (*parse)(const Json& attributes);  // throws kCorrupt
  Json (*print)(const void* attributes);
  Json (*defaults)();  // what print gives for an op that says nothing
  bool (*equal)(const void* a, const void* b);
  // Types of the outputs. Throws kInvalidArgument naming the operand, what was expected and what
  // came.
  std::vector<TensorType> (*infer)(const void* attributes, std::span<const TensorType> inputs);
};

template <class T>
const OpDef& op_def() {
  static constexpr OpDef kDef{
      .info = T::kInfo,
      .parse = [](const Json& json) -> std::shared_ptr<const void> {
        return std::make_shared<const T>(from_json<T>(json));
      },
      .print = [](const void* op) { return to_json(*static_cast<const T*>(op)); },
      .defaults = [] { return to_json(T{}); },
      .equal = [](const void* a,
                  const void* b) { return *static_cast<const T*>(a) == *static_cast<const T*>(b); },
      .infer =
          [](const void* op, std::span<const TensorType> inputs) {
            return static_cast<const T*>(op)->infer(inputs);
          },
  };
  return kDef;
}

template <class T>
concept OpType = HasFields<T> && requires {
  T::kInfo.name;
};

class Op {
 public:
  template <OpType T>
  Op(T attributes)  // NOLINT(google-explicit-constructor)
      : def_(&op_def<T>()), attributes_(std::make_shared<const T>(std::move(attributes))) {}
  Op(const OpDef& def, const Json& attributes) : def_(&def), attributes_(def.parse(attributes)) {}
  // The op called `name`, with attributes in JSON. Throws kNotFound with the nearest name,
  // kCorrupt.
  static Op parse(std::string_view name, const Json& attributes);

  std::string_view name() const { return def_->info.name; }
  const OpInfo& info() const { return def_->info; }
  // The attributes where this is a T, else null.
  template <OpType T>
  const T* as() const {
    return name() == T::kInfo.name ? static_cast<const T*>(attributes_.get()) : nullptr;
  }
  template <OpType T>
  bool is() const {
    return as<T>() != nullptr;
  }
  const void* attributes() const { return attributes_.get(); }
  Json attributes_json() const { return def_->print(attributes_.get()); }
  Json default_attributes() const { return def_->defaults(); }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;  // errors name the op
  bool operator==(const Op& other) const {
    return name() == other.name() && def_->equal(attributes_.get(), other.attributes_.get());
  }
  // An op as a field of another's attributes: {"name":"unary","attributes":{"kind":"exp"}}.
  // Friends, so that they hide no other to_json.
  friend Json to_json(const Op& op) { return op.named_json(); }
  friend void read_json(const Json& json, Op& out) { out = from_named_json(json); }

 private:
  Json named_json() const;
  static Op from_named_json(const Json& json);

  const OpDef* def_;
  std::shared_ptr<const void> attributes_;
};

// Every op that the tree defines, in the order of ops/list.cc.
std::span<const OpDef* const> all_ops();
const OpDef* find_op(std::string_view name);  // null where there is none

}  // namespace lathe::ops
