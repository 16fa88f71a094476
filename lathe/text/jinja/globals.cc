// SPDX-License-Identifier: Apache-2.0
// Functions that every template may call.
#include <array>

#include "lathe/base/error.h"
#include "lathe/text/jinja/operators.h"
#include "lathe/text/jinja/runtime.h"

namespace lathe::text::jinja {
namespace {

Value raise_exception(const Call& call) {
  fail(ErrorCode::kInvalidArgument, call.at(0).as_string());
}

Value strftime_now(const Call& call) {
  const std::string& format = call.at(0).as_string();
  std::array<char, 512> buffer{};
  const std::tm& time = call.runtime.local_time();
  const size_t size = std::strftime(buffer.data(), buffer.size(), format.c_str(), &time);
  return call.runtime.text(std::string(buffer.data(), size));
}

// range(stop), range(start, stop, step)
Value range(const Call& call) {
  const int64_t start = call.has(1) ? call.at(0).as_integer() : 0;
  const int64_t stop = call.has(1) ? call.at(1).as_integer() : call.at(0).as_integer();
  const int64_t step = call.integer(2, 1);
  if (step == 0) fail(ErrorCode::kCorrupt, "range: step of 0");
  std::vector<Value> out;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    call.runtime.step();
    call.runtime.charge(sizeof(Value));
    out.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return Value::list(std::move(out));
}

Value make_namespace(const Call& call) {
  Namespace* out = call.runtime.make_namespace();
  for (const Value& dict : call.raw.positional) {
    for (const auto& [key, value] : dict.as_dict().items) out->set(key.as_string(), value);
  }
  for (const auto& [name, value] : call.raw.keyword) out->set(name, value);
  return Value(out);
}

Value make_dict(const Call& call) {
  std::vector<std::pair<Value, Value>> items;
  for (const Value& dict : call.raw.positional) items = dict.as_dict().items;
  for (const auto& [name, value] : call.raw.keyword) items.emplace_back(Value(name), value);
  return call.runtime.dict(std::move(items));
}

// A function that is silent the first time and then gives its separator.
Value joiner(const Call& call) {
  const Value separator = call.has(0) ? call.at(0) : Value(", ");
  Namespace* state = call.runtime.make_namespace();
  return Value(Callable{"joiner", [separator, state](Runtime&, const Arguments&) {
                          const bool used = state->find("used") != nullptr;
                          state->set("used", Value(true));
                          return used ? separator : Value("");
                        }});
}

constexpr std::array<Function, 6> kFunctions = {{
    {"raise_exception", "message", raise_exception},
    {"strftime_now", "format", strftime_now},
    {"range", "start stop? step?", range},
    {"namespace", "*", make_namespace},
    {"dict", "*", make_dict},
    {"joiner", "sep?", joiner},
}};

}  // namespace

std::vector<std::pair<std::string, Value>> global_functions() {
  std::vector<std::pair<std::string, Value>> out;
  for (const Function& function : kFunctions) {
    const auto call = [&function](Runtime& runtime, const Arguments& arguments) {
      return run(function, runtime, Value(), arguments);
    };
    out.emplace_back(function.name, Value(Callable{std::string(function.name), call}));
  }
  return out;
}

}  // namespace lathe::text::jinja
