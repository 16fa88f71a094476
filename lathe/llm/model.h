// SPDX-License-Identifier: Apache-2.0
// An engine that is open for answering: weights, a session, an executor, the tokenizer.
//
//   auto model = llm::Model::open("smollm2.engine");
//   llm::Answer answer = llm::generate(*model, model->text().tokenizer().encode("Hi"), {});
#pragma once

#include <filesystem>
#include <memory>

#include "lathe/exec/session.h"
#include "lathe/llm/text_side.h"
#include "lathe/runtime/executor.h"
#include "lathe/runtime/run_limits.h"

namespace lathe::llm {

struct OpenOptions {
  exec::LoadOptions load = {};
  runtime::RunLimits limits = {};
};

// One thread drives it; see runtime::Executor.
class Model {
 public:
  // Throws what reading an engine, its checkpoint and its tokenizer throws (file, field, expected,
  // got), and what the limits and memory do.
  static std::unique_ptr<Model> open(const std::filesystem::path& folder,
                                     const OpenOptions& options = {});

  const exec::Engine& engine() const { return session_.engine(); }
  const TextSide& text() const { return text_; }
  const runtime::StepLimits& limits() const { return limits_; }
  runtime::Executor& executor() { return executor_; }

 private:
  Model(const std::shared_ptr<const exec::Engine>& engine, const std::filesystem::path& folder,
        const runtime::RunLimits& limits);
  TextSide text_;
  runtime::StepLimits limits_;
  exec::Session session_;
  runtime::Executor executor_;
};

}  // namespace lathe::llm
