// SPDX-License-Identifier: Apache-2.0
#include "lathe/llm/model.h"

namespace lathe::llm {

Model::Model(std::shared_ptr<const exec::Engine> engine, const std::filesystem::path& folder,
             const runtime::RunLimits& limits)
    : text_({engine->files().begin(), engine->files().end()}, folder.string()),
      limits_(runtime::step_limits(*engine, limits)),
      session_(engine, runtime::session_options(limits_, limits.max_logit_rows)),
      executor_(runtime::session_step(session_),
                {.limits = limits_, .vocab = engine->manifest().model.vocab}) {}

std::unique_ptr<Model> Model::open(const std::filesystem::path& folder,
                                   const OpenOptions& options) {
  return std::unique_ptr<Model>(
      new Model(exec::load_engine(folder, options.load), folder, options.limits));
}

}  // namespace lathe::llm
