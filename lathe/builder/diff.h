// SPDX-License-Identifier: Apache-2.0
// Where an engine and the network that it was built from drift apart.
//
// The engine runs one step with taps. Every step of its plan computes some values of the source
// network (PlanStep.computes); the reference interpreter computes the same from the engine's own
// values, so that an error shows where it is made and not where it ends up.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lathe/exec/engine.h"
#include "lathe/exec/session.h"
#include "lathe/graph/interpreter.h"

namespace lathe::builder {

// One value of one step, beyond tolerance.
struct Drift {
  int64_t step = 0;
  std::string op;        // "rms_norm"
  std::string value;     // of the source network: "model.layers.3.mlp.up_proj"
  std::string kernel;    // that computed it
  int64_t element = 0;   // the worst one, counted row-major
  double expected = 0;   // the interpreter's
  double got = 0;        // the engine's
  double error = 0;      // |got - expected| over the largest |expected| of the value
  double tolerance = 0;  // on that scale
  bool operator==(const Drift&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("step", &Drift::step);
    v("op", &Drift::op);
    v("value", &Drift::value);
    v("kernel", &Drift::kernel);
    v("element", &Drift::element);
    v("expected", &Drift::expected);
    v("got", &Drift::got);
    v("error", &Drift::error);
    v("tolerance", &Drift::tolerance);
  }
};

struct DiffReport {
  int64_t values_compared = 0;
  double worst_error = 0;      // of all values
  std::optional<Drift> first;  // in running order
  bool operator==(const DiffReport&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("values_compared", &DiffReport::values_compared);
    v("worst_error", &DiffReport::worst_error);
    v("first", &DiffReport::first);
  }
};

struct DiffOptions {
  DimBindings limits;      // of every symbol of the plan
  int64_t num_blocks = 0;  // KV blocks
  double tolerance = 0;    // on the scale of each value; 0 = what its step's dtypes hold
  exec::Plant plant = {};  // a fault for tests: what is to be found
};

// `source` is the bound network (builder::bind) of the engine's first plan, `inputs` the step's,
// by name. Throws what Session and Interpreter throw.
DiffReport diff(const std::shared_ptr<const exec::Engine>& engine, const graph::Network& source,
                const graph::ParameterSource& parameters, const graph::NamedTensors& inputs,
                const DiffOptions& options);

// Two engines of one model on the same step, value by value where both compute one of the same
// name: an error is seen where it first shows, and in everything behind it. Throws kCorrupt where
// there is no such value.
DiffReport diff_engines(const std::shared_ptr<const exec::Engine>& engine,
                        const std::shared_ptr<const exec::Engine>& against,
                        const graph::NamedTensors& inputs, const DiffOptions& options);

// One line without its end: "step 12: linear (linear.cpu.vnni.q8_0) drifts: …", "no drift: …".
std::string to_text(const DiffReport& report);

}  // namespace lathe::builder
