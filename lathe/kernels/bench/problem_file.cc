// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/problem_file.h"

#include <charconv>
#include <filesystem>

#include "lathe/base/file.h"
#include "lathe/base/text.h"
#include "lathe/ops/default_fields.h"

namespace lathe::kernels {

namespace {

struct CountField {
  std::string_view name;
  int64_t BenchStep::*member;
};

constexpr CountField kCounts[] = {{"tokens", &BenchStep::tokens},
                                  {"sequences", &BenchStep::sequences},
                                  {"context", &BenchStep::context},
                                  {"block_size", &BenchStep::block_size}};

int64_t read_count(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0) return value;
  fail(ErrorCode::kCorrupt, "expected a count, got ", quote(text));
}

void read_field(std::string_view name, std::string_view value, BenchStep& step) {
  for (const CountField& field : kCounts) {
    if (field.name != name) continue;
    step.*field.member = read_count(value);
    return;
  }
  const std::optional<DType> dtype = dtype_from_name(value);
  if (name != "kv_dtype" || !dtype || !is_floating(*dtype)) {
    fail(ErrorCode::kCorrupt,
         "expected tokens, sequences, context, block_size or kv_dtype with a value, got ",
         quote(name), " and ", quote(value));
  }
  step.kv_dtype = *dtype;
}

BenchStep read_step(std::string_view text) {
  BenchStep step;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const size_t equals = std::min(word.find('='), word.size());
    const std::string_view value = equals < word.size() ? word.substr(equals + 1) : "";
    read_field(word.substr(0, equals), value, step);
  }
  if (step.sequences < 1 || step.block_size < 1) {
    fail(ErrorCode::kCorrupt, "sequences and block_size: expected 1 or more");
  }
  return step;
}

// "f32[2, 3], i32[4]"
std::vector<TensorType> read_types(std::string_view text) {
  std::vector<TensorType> out;
  while (!(text = trim(text)).empty()) {
    const size_t end = std::min(text.find(']'), text.size() - 1) + 1;
    out.push_back(TensorType::parse(text.substr(0, end)));
    text = trim(text.substr(end));
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return out;
}

BenchProblem read_line(std::string_view op, std::string_view line) {
  const std::vector<std::string_view> parts = split(line, '|');
  const ops::OpDef* def = ops::find_op(op);
  if (def == nullptr) fail(ErrorCode::kCorrupt, "no op is called ", quote(op));
  if (parts.size() != 3) {
    fail(ErrorCode::kCorrupt, "expected \"step | attributes | inputs\", got ", quote(line));
  }
  const Json given = Json::parse(trim(parts[1]), "attributes");
  BenchProblem out{.text = std::string(line),
                   .problem = {ops::Op(*def, ops::with_defaults(given, def->defaults())), {}, {}},
                   .step = read_step(parts[0])};
  out.problem.inputs = read_types(parts[2]);
  out.problem.outputs = out.problem.op.infer(out.problem.inputs);
  return out;
}

}  // namespace

std::vector<BenchProblem> parse_problems(std::string_view op, std::string_view text,
                                         std::string_view source) {
  std::vector<BenchProblem> out;
  int number = 0;
  for (const std::string_view whole : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(whole.substr(0, std::min(whole.find('#'), whole.size())));
    if (line.empty()) continue;
    with_context(cat(source, ":", number), [&] { out.push_back(read_line(op, line)); });
  }
  return out;
}

std::vector<BenchProblem> read_problems(const std::string& path) {
  return parse_problems(std::filesystem::path(path).stem().string(), read_file(path), path);
}

}  // namespace lathe::kernels
