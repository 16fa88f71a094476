// SPDX-License-Identifier: Apache-2.0
// Passes by name, and what a network computes for values that its names give: a weight is drawn for
// the checkpoint's tensor, so that joined weights hold what the single ones did.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>

#include "lathe/base/file.h"
#include "lathe/base/random.h"
#include "lathe/builder/pipeline.h"
#include "lathe/graph/interpreter.h"
#include "lathe/graph/text.h"

namespace lathe::testing {

inline const builder::Pass* find_pass(std::string_view name) {
  for (const auto& passes : {builder::bind_passes(), builder::optimize_passes()}) {
    for (const builder::Pass* pass : passes) {
      if (pass->name == name) return pass;
    }
  }
  fail(ErrorCode::kNotFound, "no pass is called ", name);
}

// A file of tests/data/passes:
//
//   # What it shows.
//   pass NAME              (one line a pass, in order)
//   gpu DTYPE              for an H100 with activations of that dtype; else for a CPU
//   network … { … }        before
//   ---
//   network … { … }        after; or, for a pass that changes nothing: unchanged
//   note: TEXT             a note that some pass has to leave
struct PassCase {
  std::vector<const builder::Pass*> passes = {};
  std::string before = {}, after = {}, note = {};
  builder::PassContext context = {};
};

inline builder::PassContext on_h100(std::string_view dtype) {
  builder::PassContext out;
  out.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  out.weight_dtype = dtype_from_name(dtype);
  return out;
}

inline PassCase read_pass_case(const std::filesystem::path& path) {
  PassCase out;
  std::string* section = &out.before;
  const std::string text = read_file(path);
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("#")) continue;
    if (line.starts_with("pass ")) {
      out.passes.push_back(find_pass(line.substr(5)));
    } else if (line.starts_with("gpu ")) {
      out.context = on_h100(line.substr(4));
    } else if (line == "---") {
      section = &out.after;
    } else if (line.starts_with("note: ")) {
      out.note = line.substr(6);
    } else if (!trim(line).empty()) {
      *section += cat(line, "\n");
    }
  }
  return out;
}

inline std::vector<std::filesystem::path> pass_case_files() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(LATHE_SOURCE_DIR "/tests/data/passes")) {
    out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

inline std::string pass_case_name(const ::testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.stem().string();
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

// Runs the passes over the network; gives their notes, a line each.
inline std::string run_named_passes(std::span<const builder::Pass* const> passes,
                                    graph::Network& network, builder::PassContext context = {}) {
  std::string notes;
  for (const builder::PassReport& report : builder::run_passes(passes, network, context)) {
    for (const std::string& note : report.notes) notes += note + "\n";
  }
  return notes;
}

inline Tensor drawn(const std::string& name, DType dtype, std::vector<int64_t> sizes) {
  Tensor out(dtype, std::move(sizes));
  const uint64_t stream = stream_of(name.c_str());
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    const float normal = normal_at(7, stream, static_cast<uint64_t>(i));
    const double code = std::floor(uniform_at(7, stream, static_cast<uint64_t>(i)) * 16);
    store_element(out.data(), dtype, i, is_floating(dtype) ? normal : code);
  }
  return out;
}

// The rows of a parameter's sources, one below the other.
inline Tensor draw_parameter(graph::Value parameter) {
  const graph::ParameterSpec& spec = parameter.network().parameter_spec(parameter);
  std::vector<int64_t> sizes = parameter.shape().evaluate({});
  if (spec.source_rows.empty()) return drawn(parameter.name(), parameter.dtype(), sizes);
  Tensor out(parameter.dtype(), sizes);
  auto* to = static_cast<std::byte*>(out.data());
  for (size_t i = 0; i < spec.sources.size(); ++i) {
    sizes[0] = spec.source_rows[i];
    const std::string name = cat(spec.sources[i].tensor, to_string(spec.part));
    const Tensor rows = drawn(name, parameter.dtype(), sizes);
    to = std::copy_n(static_cast<const std::byte*>(rows.data()), rows.num_bytes(), to);
  }
  return out;
}

// One sequence of `tokens` tokens: step inputs by what they are called or shaped like.
inline Tensor draw_input(graph::Value input, const DimBindings& bindings) {
  const auto sizes = input.shape().evaluate(bindings);
  if (input.dtype() != DType::kI32) return drawn(input.name(), input.dtype(), sizes);
  Tensor out(DType::kI32, sizes);
  const auto tokens = static_cast<int32_t>(bindings.at("tokens"));
  for (int32_t i = 0; i < out.num_elements(); ++i) {
    int32_t value = i;  // positions, tables, rows
    if (input.name().starts_with("cu")) value = i * tokens;
    if (input.name().ends_with("lengths")) value = tokens;
    out.values<int32_t>()[static_cast<size_t>(i)] = value;
  }
  return out;
}

// The outputs in the interpreter.
inline std::vector<Tensor> values_of(const graph::Network& network) {
  const DimBindings bindings{
      {"tokens", 5}, {"sequences", 1}, {"table_width", 1}, {"logit_rows", 2}};
  graph::NamedTensors inputs;
  for (const graph::Value input : network.inputs()) {
    inputs[input.name()] = draw_input(input, bindings);
  }
  ThreadPool pool(1);
  graph::Interpreter interpreter(network, draw_parameter, pool, {.num_blocks = 2});
  const graph::NamedTensors outputs = interpreter.run(inputs);
  std::vector<Tensor> out;
  for (const graph::NamedOutput& output : network.outputs()) out.push_back(outputs.at(output.name));
  return out;
}

// A network that a pass has to leave as it is.
struct Left {
  std::string_view name;  // of the case
  std::string_view pass;
  std::string_view lines;  // of the network
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name
inline void PrintTo(const Left& left, std::ostream* out) { *out << left.name; }

inline std::string left_name(const ::testing::TestParamInfo<Left>& info) {
  return std::string(info.param.name);
}

inline void expect_left(const Left& left) {
  const auto network = graph::parse(cat("network main {", left.lines, "\n}\n"), left.name);
  const std::string before = graph::print(*network);
  const builder::Pass* const passes[] = {find_pass(left.pass)};
  run_named_passes(passes, *network);
  EXPECT_EQ(graph::print(*network), before);
}

}  // namespace lathe::testing
