// SPDX-License-Identifier: Apache-2.0
// What one rendering may spend, and what it owns.
#pragma once

#include <ctime>
#include <deque>
#include <string>
#include <vector>

#include "lathe/text/chat_template.h"
#include "lathe/text/jinja/value.h"

namespace lathe::text::jinja {

class Runtime {
 public:
  Runtime(const TemplateLimits& limits, const std::tm& local_time)
      : limits_(limits), local_time_(local_time) {}
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Counts work. Throws kResourceExhausted over the limit of steps.
  void step(int64_t count = 1);
  void visit(const Value& value) { step(value.extent().weight); }
  // Counts bytes that a value or the output takes. Throws kResourceExhausted over the limit.
  void charge(size_t bytes);

  // Values that count their bytes.
  Value text(std::string text);
  Value list(std::vector<Value> items);
  Value dict(std::vector<std::pair<Value, Value>> items);
  Namespace* make_namespace();  // lives as long as the Runtime

  // Calls a macro or function. Throws kCorrupt for what is neither.
  Value call(const Value& callee, const Arguments& arguments);

  const std::tm& local_time() const { return local_time_; }
  int line = 0;  // of what is evaluated now, for errors

  // Held by whoever recurses. Throws kResourceExhausted where it is too deep.
  class Level {
   public:
    explicit Level(Runtime& runtime);
    ~Level() { --runtime_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Runtime& runtime_;
  };

 private:
  TemplateLimits limits_;
  std::tm local_time_;
  int64_t steps_ = 0;
  int64_t bytes_ = 0;
  int level_ = 0;
  std::deque<Namespace> namespaces_;
};

// What a filter, test, method or function is called with.
struct Call {
  Runtime& runtime;
  const Value& subject;  // what is filtered or tested, or whose method it is
  const Arguments& raw;
  std::vector<const Value*> arguments;  // by parameter; null where left out

  bool has(size_t i) const { return arguments[i] != nullptr; }
  const Value& at(size_t i) const { return *arguments[i]; }
  Value or_none(size_t i) const { return has(i) ? at(i) : Value(); }
  int64_t integer(size_t i, int64_t otherwise) const {
    return has(i) ? at(i).as_integer() : otherwise;
  }
  bool flag(size_t i, bool otherwise) const { return has(i) ? at(i).truthy() : otherwise; }
};

// One row of a table of filters, tests, methods or functions.
struct Function {
  std::string_view name;
  std::string_view parameters;  // "old new count?": ? may be left out; "*" takes whatever comes
  Value (*run)(const Call&);
};

// Runs `function`, its arguments sorted to its parameters. Throws kCorrupt naming it.
Value run(const Function& function, Runtime& runtime, const Value& subject,
          const Arguments& arguments);

// Throw kCorrupt for an unknown name.
Value apply_filter(Runtime& runtime, std::string_view name, const Value& subject,
                   const Arguments& arguments);
bool apply_test(Runtime& runtime, std::string_view name, const Value& subject,
                const Arguments& arguments);
const Function* find_method(const Value& object, std::string_view name);  // null where none
// raise_exception, range, namespace, … as values.
std::vector<std::pair<std::string, Value>> global_functions();

}  // namespace lathe::text::jinja
